import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Stage, documentOf, sleep } from './support.mjs';
import { chat, demand } from './load.mjs';

const stage = new Stage();
after(() => stage.close());

const seconds = Number(process.env.QUOTA_SECONDS ?? 32);

/// Providers that keep a limit each in a way of their own; demand is five times what they allow.
const judges = [
  { name: 'sliding-requests', kind: 'sliding', window: 6, rpm: 24 },
  { name: 'fixed-requests', kind: 'fixed', window: 8, rpm: 32, phase: 3 },
  { name: 'fixed-from-first', kind: 'fixed', window: 6, rpm: 24, from_first_call: 'yes' },
  { name: 'bucket-requests', kind: 'bucket', window: 10, rpm: 40 },
  { name: 'sliding-tokens', kind: 'sliding', window: 6, tpm: 240 },
  { name: 'bucket-tokens', kind: 'bucket', window: 8, tpm: 320 },
  { name: 'closing', kind: 'sliding', window: 6, rpm: 24, fail: 'refuse', fail_rate: 0.3 },
  { name: 'failing', kind: 'sliding', window: 6, rpm: 24, fail: '500', fail_rate: 0.3 },
  { name: 'at-a-time', kind: 'sliding', window: 6, concurrency: 3 },
];

/// Six tokens a request: three in, three out.
const tokens = 6;

test('strict providers of every kind never see one request too many', async (t) => {
  const providers = {};
  const configs = {};
  for (const { name, kind, ...limits } of judges) {
    const { window, rpm, tpm, concurrency } = limits;
    const options = { limit_kind: kind, latency_ms: 15, ...limits };
    providers[name] = await stage.provider(name, 'openai', options);
    const windows = [];
    if (rpm) windows.push({ unit: 'requests', limit: rpm, window: `${window}s` });
    if (tpm) windows.push({ unit: 'tokens', limit: tpm, window: `${window}s` });
    configs[name] = providers[name].config({
      limits: { ...(windows.length ? { windows } : {}), ...(concurrency ? { concurrency } : {}) },
    });
  }
  const gateway = await stage.gateway(documentOf(configs));

  const answers = {};
  const loads = judges.map(({ name, window, rpm, tpm }) => {
    const allowed = rpm ?? (tpm ? tpm / tokens : 24);
    answers[name] = { ok: 0, refused: 0, other: [] };
    return demand({
      gateway,
      perSecond: (5 * allowed) / window,
      bodyOf: (i) => chat(`${name}/demo-small`, 'echo: one two', { stream: i % 3 === 0 }),
      onAnswer: ({ status, text }) => {
        if (status === 200) ++answers[name].ok;
        else if (status === 429) ++answers[name].refused;
        else answers[name].other.push(`${status} ${text.slice(0, 200)}`);
      },
    });
  });
  await sleep(seconds * 1000);
  for (const load of loads) await load.stop();

  for (const { name, window, rpm, tpm, fail } of judges) {
    const { over, allowed, tokens: used } = await providers[name].status();
    const { ok, refused, other } = answers[name];
    const spent = tpm ? used.input + used.output : allowed;
    const limit = rpm ?? tpm;
    const share = limit ? spent / ((limit * seconds) / window) : undefined;
    t.diagnostic(
      `${name}: ${allowed} allowed, ${over} over, ${ok} answered, ${refused} refused` +
        (share ? `, ${(share * 100).toFixed(0)} % of the limit` : ''),
    );
    assert.equal(over, 0, name);
    if (!fail) {
      assert.deepEqual(other, [], name);
      assert.equal(ok, allowed, `${name}: what was allowed was answered`);
    }
    assert.ok(refused > ok || !limit, `${name}: demand was above the limit`);
    // The first window is full at once; short windows can't be used up as minutes are.
    if (share) assert.ok(share > 0.6, `${name}: only ${share} of the limit was used`);
  }
});
