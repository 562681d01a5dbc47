import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Stage, documentOf, sleep, until } from './support.mjs';
import { chat, demand } from './load.mjs';

const stage = new Stage();
after(() => stage.close());

const rounds = Number(process.env.CRASH_ROUNDS ?? 50);
const ready_ms_max = 2000;

test(`killed ${rounds} times under load, nothing acknowledged is lost or twice`, async (t) => {
  const limit = 60;
  const strict = await stage.provider('strict', 'openai', {
    rpm: limit,
    window: 6,
    limit_kind: 'sliding',
    latency_ms: 30,
    tokens_per_second: 400,
  });
  // Never limited, so that there is something to acknowledge in every short life.
  const open = await stage.provider('open', 'openai', { latency_ms: 5, tokens_per_second: 1000 });
  const gateway = await stage.gateway(
    documentOf({
      strict: strict.config({ limits: { windows: [{ unit: 'requests', limit, window: '6s' }] } }),
      open: open.config(),
    }),
  );

  const acknowledged = [];
  let strictAnswers = 0;
  const onAnswer = ({ id, status, whole }) => {
    if (status === 200 && whole) acknowledged.push(id);
  };
  const loads = [
    demand({
      gateway,
      perSecond: 50,
      bodyOf: (i) => chat('strict/demo-small', 'count to 12', { stream: i % 2 === 0 }),
      onAnswer: (answer) => {
        if (answer.status === 200) ++strictAnswers;
        onAnswer(answer);
      },
    }),
    demand({
      gateway,
      perSecond: 60,
      bodyOf: (i) => chat('open/demo-small', 'count to 12', { stream: i % 2 === 0 }),
      onAnswer,
    }),
  ];

  let slowest = 0;
  for (let round = 0; round < rounds; ++round) {
    // Lives of different lengths, so that the kill finds every stage of a request.
    await sleep(150 + ((round * 137) % 450));
    await gateway.stop('SIGKILL');
    const began = performance.now();
    await gateway.launch();
    await until('ready', async () => (await gateway.fetch('/readyz').catch(() => ({}))).ok, 10_000);
    slowest = Math.max(slowest, performance.now() - began);
  }
  await sleep(500);
  for (const load of loads) await load.stop();

  const times = new Map();
  for (const { request_id: id } of gateway.records()) times.set(id, (times.get(id) ?? 0) + 1);
  const missing = acknowledged.filter((id) => !times.has(id));
  const twice = [...times].filter(([, count]) => count > 1).map(([id]) => id);
  const { over, allowed } = await strict.status();
  t.diagnostic(
    `${acknowledged.length} acknowledged, ${missing.length} missing, ${twice.length} twice, ` +
      `slowest start ${Math.round(slowest)} ms, strict provider: ${allowed} allowed, ${over} over`,
  );
  assert.ok(acknowledged.length > rounds, `${acknowledged.length} acknowledged`);
  assert.ok(strictAnswers > 0, 'the strict provider answered');
  assert.deepEqual(missing, []);
  assert.deepEqual(twice, []);
  assert.equal(over, 0);
  assert.ok(slowest <= ready_ms_max, `ready after ${Math.round(slowest)} ms`);
});
