// The admin API's description: it is served, and it judges.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { description, judgeAnswer, validateEvent } from './openapi.mjs';
import { Stage, binary, documentOf } from './support.mjs';

const stage = new Stage();
let gateway;

before(async () => {
  gateway = await stage.gateway(documentOf({ one: await stage.provider('one') }));
});
after(() => stage.close());

const json = (status, body, type = 'application/json') =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
const problem = (status, body) => json(status, body, 'application/problem+json');
const scope = { nodes: ['a'], missing: [], as_of: 1 };
const totals = { scope, items: [] };
const notFound = {
  type: 'not_found',
  title: 'not_found',
  status: 404,
  detail: 'Nothing.',
  request_id: 'req_1',
};

test('the node serves the file that it was built with', async () => {
  const response = await gateway.admin('/openapi.json');
  assert.deepEqual(await response.json(), description);
  assert.equal((await gateway.fetch('/admin/v1/openapi.json')).status, 401);
});

test('a build ends where a route is not described, or described and not there', () => {
  // As the build runs it, on a description that says something else.
  const file = path.join(stage.folder(), 'openapi.json');
  const verdictOn = (change) => {
    const changed = structuredClone(description);
    change(changed.paths);
    writeFileSync(file, JSON.stringify(changed));
    const checker = path.join(path.dirname(binary), 'actors/api/check-routes');
    const { status, stderr } = spawnSync(checker, [file], { encoding: 'utf8' });
    return { status, stderr };
  };
  assert.deepEqual(verdictOn(() => {}), { status: 0, stderr: '' });
  const faults = [
    [(paths) => delete paths['/budgets'], /GET \/budgets is served, and .* does not describe it/],
    [(paths) => (paths['/usage'].put = {}), /PUT \/usage is in .*, and no route serves it/],
    [(paths) => delete paths['/nodes/{id}/write-off'].post['x-role'], /is for operator/],
  ];
  for (const [change, fault] of faults) {
    const { status, stderr } = verdictOn(change);
    assert.equal(status, 1);
    assert.match(stderr, fault);
  }
});

test('a path beside the description is nothing, and another method is not allowed', async () => {
  assert.equal((await gateway.admin('/nothing')).status, 404);
  assert.equal((await gateway.admin('/providers/one/more')).status, 404);
  assert.equal((await gateway.admin('/providers/')).status, 404);
  const posted = await gateway.post('/admin/v1/usage', {});
  assert.equal(posted.status, 405);
  assert.equal(posted.headers.get('allow'), 'GET, HEAD');
});

test('what is percent-encoded in a path belongs to its parameter', async () => {
  assert.equal((await (await gateway.admin('/providers/%6fne')).json()).id, 'one');
  assert.equal((await gateway.admin('/providers/one%2Fmore')).status, 404);
});

test('a parameter that an operation does not take is named, with those that it does', async () => {
  for (const [route, detail] of [
    ['/usage?lats=1h', "There is no parameter 'lats' here; there are: last, by, node."],
    ['/usage?last=1h&%6Cats', "There is no parameter 'lats' here; there are: last, by, node."],
    ['/me?last=1h', "There is no parameter 'last' here; there are: none."],
  ]) {
    const response = await gateway.admin(route);
    assert.equal(response.status, 400);
    const body = await response.json();
    assert.deepEqual([body.type, body.detail], ['invalid_value', detail]);
  }
  assert.equal((await gateway.admin('/usage?last=1h&&')).status, 200);
});

test('every object of the description names all that it may hold', () => {
  const open = [];
  const look = (schema, where) => {
    if (typeof schema !== 'object' || schema === null) return;
    // What is put together says so as a whole, not each of its parts.
    const isPart = /Facts$|\/allOf\/\d+$/.test(where);
    if (schema.allOf && schema.unevaluatedProperties !== false) open.push(where);
    if (schema.properties && schema.type === 'object' && !isPart)
      if (schema.additionalProperties !== false) open.push(where);
    for (const [name, part] of Object.entries(schema)) look(part, `${where}/${name}`);
  };
  look(description, '');
  // RFC 6902 has whoever reads a patch ignore what he does not know.
  assert.deepEqual(open, ['/components/schemas/Patch/items']);
});

test('an answer as it is described passes', async () => {
  await judgeAnswer('GET', '/admin/v1/usage?last=1h', json(200, totals));
  await judgeAnswer('GET', '/admin/v1/requests/x', problem(404, notFound));
  await judgeAnswer('DELETE', '/admin/v1/session', new Response(null, { status: 204 }));
  await judgeAnswer('GET', '/v1/models', json(200, {}));
});

for (const [when, method, route, answer, fault] of [
  ['a field is missing', 'GET', '/usage', json(200, { scope }), /must have required/],
  ['a field is too many', 'GET', '/me', json(200, { scope, x: 1 }), /must NOT have additional/],
  ['a status is another', 'GET', '/usage', json(201, totals), /says application\/problem\+json/],
  ['a type is another', 'GET', '/usage', json(200, totals, 'text/html'), /says application\/json/],
  ['a path is unknown', 'GET', '/nothing', json(200, {}), /knows no such operation/],
  ['a method is unknown', 'PUT', '/usage', json(200, totals), /knows no such operation/],
  ['a problem is none', 'GET', '/usage', problem(404, {}), /must have required/],
])
  test(`an answer fails where ${when}`, async () => {
    await assert.rejects(judgeAnswer(method, `/admin/v1${route}`, answer), fault);
  });

test('an event of the stream is judged by its name', () => {
  validateEvent('beat', '{"now":1}');
  assert.throws(() => validateEvent('beat', { now: 'then' }), /must be integer/);
  assert.throws(() => validateEvent('boom', {}), /x-sse-events/);
});
