import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import OpenAI from 'openai';

import { Stage, documentOf, eventsOf, until, user } from './support.mjs';

const stage = new Stage();
let provider;
let gateway;

const timeouts = { connect_ms: 300, first_byte_ms: 600, idle_ms: 700, total_ms: 1500 };

before(async () => {
  provider = await stage.provider('late', 'openai');
  gateway = await stage.gateway(documentOf({ late: provider.config({ timeouts }) }));
});
after(() => stage.close());

const ask = (more) =>
  gateway.post('/v1/chat/completions', {
    model: 'late/demo-small',
    messages: user('count to 9'),
    ...more,
  });

/// The answer and how long it took.
async function timed(promise) {
  const began = Date.now();
  const value = await promise;
  return [value, Date.now() - began];
}

test('a stream that does not begin ends after first_byte_ms with 504', async () => {
  await provider.order({ fail: 'hang', count: 1 });
  const [response, ms] = await timed(ask({ stream: true }));
  assert.equal(response.status, 504);
  assert.equal((await response.json()).error.code, 'upstream_timeout');
  assert.ok(ms >= 600 && ms < 1300, `after ${ms} ms`);
});

test('a whole answer has until total_ms', async () => {
  await provider.order({ fail: 'slow', wait_ms: 1000, count: 1 });
  assert.equal((await ask({})).status, 200);
  await provider.order({ fail: 'hang', count: 1 });
  const [response, ms] = await timed(ask({}));
  assert.equal(response.status, 504);
  assert.ok(ms >= 1500 && ms < 2300, `after ${ms} ms`);
});

test('a stream that falls silent ends after idle_ms with an error event', async () => {
  await provider.order({ fail: 'stall', after: 3, count: 1 });
  const [events, ms] = await timed(ask({ stream: true }).then(eventsOf));
  assert.equal(JSON.parse(events.at(-1)).error.code, 'upstream_timeout');
  assert.ok(!events.includes('[DONE]'));
  assert.ok(ms >= 700 && ms < 1500, `after ${ms} ms`);
});

test("a client's own time-out cancels upstream", async () => {
  const { failed } = await provider.status();
  await provider.order({ fail: 'hang', count: 1 });
  await assert.rejects(
    gateway
      .client({ timeout: 200 })
      .chat.completions.create({ model: 'late/demo-small', messages: user('echo: a') }),
    OpenAI.APIConnectionTimeoutError,
  );
  // A request that hung counts as failed when its peer has gone.
  await until('gone', async () => (await provider.status()).failed === failed + 1, 1600);
});
