// What an operator does to providers while the node runs.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { asScript, edit, hashOf } from './page.mjs';
import { Stage, documentOf, until, user } from './support.mjs';

const stage = new Stage();
const key = 'the key of the operator';
let providers;
let gateway;

before(async () => {
  providers = { first: await stage.provider('first'), second: await stage.provider('second') };
  const target = (provider) => ({ provider, model: 'demo-small' });
  gateway = await stage.gateway(
    documentOf(providers, {
      admins: { ops: { hash: hashOf(key), role: 'operator' } },
      routes: { both: { policy: 'priority', targets: [target('first'), target('second')] } },
      settings: { cooldown: true },
    }),
  );
});
beforeEach(async () => {
  for (const name of ['first', 'second']) {
    await providers[name].order({ fail: 'none' });
    await order(name, 'undrain');
    await order(name, 'clear-cooldown');
  }
});
after(() => stage.close());

async function order(provider, act) {
  const response = await asScript(gateway, key, 'POST', `/providers/${provider}/${act}`);
  assert.equal(response.status, 200);
  return response.json();
}

const ask = (model = 'both', more = {}) =>
  gateway.post('/v1/chat/completions', { model, messages: user('echo: a'), ...more });
const answerer = (response) => response.headers.get('x-gateway-provider');
const healthOf = async (name) => (await (await gateway.admin(`/providers/${name}`)).json()).health;

async function traceOf(response) {
  const id = response.headers.get('x-request-id');
  return (await gateway.admin(`/requests/${id}`)).json();
}

test('a drained provider gets no request, and the trace says who drained it', async () => {
  const drained = await order('first', 'drain');
  assert.equal(drained.id, 'first');
  const { state, reason, until: end } = drained.health;
  assert.deepEqual([state, reason, end], ['drained', 'drained by ops', null]);
  const response = await ask();
  assert.equal(answerer(response), 'second');
  await response.text();
  const [first] = (await traceOf(response)).candidates;
  assert.equal(first.provider, 'first');
  assert.equal(first.verdict, 'skipped');
  assert.deepEqual(first.reason, { code: 'drained', text: 'drained by ops' });
  assert.equal(first.checks.health.ok, false);
  await order('first', 'undrain');
  assert.equal((await healthOf('first')).state, 'ok');
  assert.equal(answerer(await ask()), 'first');
});

test('where all that offer a model are drained, it is not available', async () => {
  await order('first', 'drain');
  const response = await ask('first/demo-small');
  assert.equal(response.status, 503);
  assert.equal((await response.json()).error.code, 'no_provider_available');
});

test('a stream that runs goes on while its provider is drained', async () => {
  await providers.first.order({ fail: 'slow', wait_ms: 700 });
  const before = (await providers.first.status()).requests;
  const running = ask('first/demo-small', { stream: true });
  await until('it arrived', async () => (await providers.first.status()).requests > before);
  await order('first', 'drain');
  const text = await (await running).text();
  assert.ok(text.includes('[DONE]'), text);
});

test('a drain goes on through a new version of the document', async () => {
  await order('first', 'drain');
  const patch = [{ op: 'add', path: '/settings/max_attempts', value: 3 }];
  assert.equal((await edit(gateway, patch)).status, 200);
  assert.equal((await healthOf('first')).state, 'drained');
  assert.equal(answerer(await ask()), 'second');
});

async function coolDown() {
  await providers.first.order({ fail: '429', wait_ms: 60_000, count: 1 });
  const response = await ask();
  assert.equal(answerer(response), 'second');
  await response.text();
  const { models } = await (await gateway.admin('/providers/first')).json();
  assert.equal(models.find(({ id }) => id === 'demo-small').health, 'cooldown');
  assert.equal(answerer(await ask()), 'second');
}

const cooldowns = async () =>
  (await (await gateway.admin('/events?kind=cooldown&limit=2')).json()).items;

test('a cooldown that is cleared is over, and both are told of', async () => {
  await coolDown();
  const rests = 'first/demo-small cools down: rate_limited';
  await until('it is told of', async () => (await cooldowns())[0]?.text === rests);
  const [told] = await cooldowns();
  assert.deepEqual([told.by, told.ref, told.kind], [null, 'first', 'cooldown']);
  assert.ok(told.until - told.t > 50_000 && told.until - told.t <= 60_000);
  await order('first', 'clear-cooldown');
  const back = 'first/demo-small is back';
  await until('it is back', async () => (await cooldowns())[0].text === back);
  for (let i = 0; i < 3; ++i) assert.equal(answerer(await ask()), 'first');
});

test('a probe lets the next request try, and its outcome decides', async () => {
  await coolDown();
  await providers.first.order({ fail: '429', wait_ms: 60_000, count: 1 });
  await order('first', 'probe');
  const failed = await ask();
  assert.equal(answerer(failed), 'second');
  assert.equal(failed.headers.get('x-gateway-attempts'), '2');
  const passed = await ask();
  assert.equal(passed.headers.get('x-gateway-attempts'), '1');
  assert.equal(answerer(passed), 'second');
  await order('first', 'probe');
  assert.equal(answerer(await ask()), 'first');
});

test('every act is told of, with its operator', async () => {
  for (const act of ['drain', 'undrain', 'probe', 'clear-cooldown']) await order('second', act);
  const { items } = await (await gateway.admin('/events?kind=provider&limit=4')).json();
  assert.deepEqual(
    items.map(({ text, by, role, ref, client }) => [text, by, role, ref, client]),
    ['cleared the cooldown of second', 'probed second', 'undrained second', 'drained second'].map(
      (text) => [text, 'ops', 'operator', 'second', '127.0.0.1'],
    ),
  );
});

test('what happened to a provider is told with it', async () => {
  await order('second', 'drain');
  const { events } = await order('second', 'undrain');
  assert.deepEqual(
    events.slice(0, 2).map(({ text, by }) => [text, by]),
    [
      ['undrained second', 'ops'],
      ['drained second', 'ops'],
    ],
  );
  assert.ok(events.length <= 20 && events.every(({ ref }) => ref === 'second'));
});

test('what a provider says of its limits is told with it', async () => {
  const strict = await stage.provider('strict', 'openai', { rpm: 20 });
  const node = await stage.gateway(documentOf({ strict: strict.config({ limits: { rpm: 100 } }) }));
  const detail = async () => (await node.admin('/providers/strict')).json();
  assert.deepEqual((await detail()).learned, []);
  const body = { model: 'strict/demo-small', messages: user('echo: a') };
  assert.equal((await node.post('/v1/chat/completions', body)).status, 200);
  await until('the answer was learned from', async () => (await detail()).learned.length > 0);
  const [{ w, limit, said, in_force: inForce }] = (await detail()).learned;
  assert.deepEqual([w, limit, said, inForce], ['rpm', 100, 20, 20]);
});

test('an act on what is no provider is not found', async () => {
  for (const name of ['nobody', 'pool%2Fx', 'first%2Fmodel'])
    assert.equal((await asScript(gateway, key, 'POST', `/providers/${name}/drain`)).status, 404);
});

test('no drain outlives the process', async () => {
  await order('first', 'drain');
  await gateway.restart();
  assert.equal((await healthOf('first')).state, 'ok');
  assert.equal(answerer(await ask()), 'first');
});
