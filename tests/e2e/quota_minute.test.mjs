import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Stage, documentOf, sleep } from './support.mjs';
import { chat, demand } from './load.mjs';

const stage = new Stage();
after(() => stage.close());

const kinds = ['sliding', 'fixed', 'bucket'];
const limit = 240;
const minutes = 3;
const used_min = 0.97;

test('a true minute is used to 97 % and never overdrawn', async (t) => {
  const providers = {};
  const configs = {};
  for (const kind of kinds) {
    providers[kind] = await stage.provider(kind, 'openai', {
      limit_kind: kind,
      rpm: limit,
      window: 60,
      latency_ms: 20,
    });
    configs[kind] = providers[kind].config({ limits: { rpm: limit } });
  }
  const gateway = await stage.gateway(documentOf(configs));

  // When each answer came: after `minutes` windows' worth of them the time tells the use.
  const times = Object.fromEntries(kinds.map((kind) => [kind, []]));
  const loads = kinds.map((kind) =>
    demand({
      gateway,
      perSecond: (5 * limit) / 60,
      bodyOf: () => chat(`${kind}/demo-small`, 'echo: one two'),
      onAnswer: ({ status, at }) => {
        if (status === 200) times[kind].push(at);
      },
    }),
  );
  const wanted = minutes * limit + 1;
  const patience = performance.now() + (minutes * 60_000) / used_min + 20_000;
  while (kinds.some((kind) => times[kind].length < wanted) && performance.now() < patience)
    await sleep(250);
  for (const load of loads) await load.stop();

  for (const kind of kinds) {
    const { over, allowed } = await providers[kind].status();
    const first = times[kind][0];
    const last = times[kind][wanted - 1];
    const used = (minutes * 60_000) / (last - first);
    t.diagnostic(`${kind}: ${allowed} allowed, ${over} over, ${(used * 100).toFixed(2)} % used`);
    assert.equal(over, 0, kind);
    assert.ok(used >= used_min, `${kind}: ${(used * 100).toFixed(2)} % used`);
  }
});
