// What an edit would have made of the last requests: dry runs and replays.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { editorOf, put } from './editor.mjs';
import { documentOf, Stage, until, user } from './support.mjs';

const stage = new Stage();
let cheap, dear, editor, gateway;

before(async () => {
  cheap = await stage.provider('cheap');
  dear = await stage.provider('dear');
  gateway = await stage.gateway(
    documentOf({
      cheap: cheap.config({ models: ['demo-small'], price: { input: 1, output: 1 } }),
      dear: dear.config({ models: ['demo-small'], price: { input: 10, output: 10 } }),
    }),
  );
  editor = editorOf(gateway);
  for (let i = 0; i < 20; ++i)
    await gateway
      .client()
      .chat.completions.create({ model: 'demo-small', messages: user(`echo: ${i}`) });
});
after(() => stage.close());

const price = (dollars) => ({
  op: 'replace',
  path: '/providers/cheap/models/demo-small/price/input',
  value: dollars,
});
const limit = (rpm) => put('/providers/cheap/limits', { rpm });

test('a dry run tells what the last minutes would have been', async () => {
  const { status, body } = await editor.post('/dry-run', { base: 1, patch: [price(1000)] });
  assert.equal(status, 200);
  assert.equal(body.replay.requests, 20);
  assert.equal(body.replay.moved, 20);
  assert.ok(BigInt(body.replay.cost_delta_n_per_h) > 0n);
  assert.ok(body.impact.some(({ text }) => /20 of 20 requests would have gone/.test(text)));
  assert.ok(body.impact.some(({ severity, text }) => severity === 'warn' && /cost/.test(text)));
});

test('an edit that moves nothing says so', async () => {
  const { body } = await editor.post('/dry-run', { base: 1, patch: [price(2)] });
  assert.equal(body.replay.requests, 20);
  assert.equal(body.replay.moved, 0);
});

test('an invalid edit has no replay', async () => {
  const { body } = await editor.post('/dry-run', { base: 1, patch: [price(-1)] });
  assert.equal(body.valid, false);
  assert.equal(body.replay, null);
});

test('a replay runs in the background and tells who would have answered', async () => {
  const begun = await editor.post('/replay', { base: 1, patch: [limit(5)], last: '1h' });
  assert.equal(begun.status, 202);
  let found;
  await until('it is done', async () => {
    found = await editor.get(`/replay/${begun.body.id}`);
    return found.body.state === 'done';
  });
  assert.equal(found.body.progress, 1);
  assert.equal(found.body.requests, 20);
  const of = (name) => found.body.providers.find(({ provider }) => provider === name);
  assert.equal(of('cheap').requests_before, 20);
  assert.equal(of('cheap').requests_after, 5);
  assert.equal(of('dear').requests_after, 15);
  assert.equal(found.body.moved, 15);
  assert.ok(BigInt(found.body.cost_after_n) > BigInt(found.body.cost_before_n));
  assert.equal((await editor.remove(`/replay/${begun.body.id}`)).status, 204);
  assert.equal((await editor.get(`/replay/${begun.body.id}`)).status, 404);
  const { items } = await (await gateway.admin('/events?kind=replay')).json();
  assert.deepEqual(
    items.map(({ text }) => text),
    ['ended the replay of the last 1h', 'replays the last 1h with an edit of version 1'],
  );
});

test('a replay that can not be is refused with the reason', async () => {
  assert.equal((await editor.post('/replay', { base: 1, patch: [], last: '2h' })).status, 400);
  assert.equal((await editor.post('/replay', { base: 7, patch: [], last: '1h' })).status, 412);
  const invalid = await editor.post('/replay', { base: 1, patch: [price(-1)], last: '1h' });
  assert.equal(invalid.status, 422);
  assert.equal(invalid.body.errors[0].path, '/providers/cheap/models/demo-small/price/input');
});
