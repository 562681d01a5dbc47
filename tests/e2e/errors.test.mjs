import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';

import OpenAI from 'openai';

import { Stage, dialects, documentOf, user } from './support.mjs';

const stage = new Stage();
let providers;
let gateway;

before(async () => {
  providers = await stage.providers({ context_window: 200 });
  gateway = await stage.gateway(documentOf(providers, { settings: { max_body_bytes: 100_000 } }));
});
after(() => stage.close());

const chat = '/v1/chat/completions';
const good = { model: 'openai/demo-small', messages: user('echo: a') };

async function errorOf(response) {
  assert.equal(response.headers.get('content-type').split(';')[0], 'application/json');
  const { error } = await response.json();
  assert.equal(typeof error.message, 'string');
  assert.ok(error.message.length > 0);
  assert.equal(typeof error.type, 'string');
  assert.ok('param' in error && 'code' in error);
  return error;
}

for (const [what, body, status, code, param] of [
  ['broken JSON', '{"model":', 400, 'invalid_json', null],
  [
    'broken JSON behind what is read',
    `{"model":"openai/demo-small","messages":[{"role":"user","content":"a"}],"user":tru}`,
    400,
    'invalid_json',
    null,
  ],
  ['no object', '[1,2]', 400, null, null],
  [
    'bytes that are no UTF-8',
    Buffer.from([...Buffer.from('{"model":"'), 0xff, ...Buffer.from('"}')]),
    400,
    'invalid_json',
    null,
  ],
  [
    'too many levels',
    `{"model":"openai/demo-small","messages":${'['.repeat(70)}${']'.repeat(70)}}`,
    400,
    'invalid_json',
    null,
  ],
  ['a key twice', '{"model":"a","model":"b","messages":[]}', 400, 'invalid_json', null],
  ['no model', { messages: user('a') }, 400, 'missing_field', 'model'],
  ['no messages', { model: 'openai/demo-small' }, 400, 'missing_field', 'messages'],
  ['a stream that is no boolean', { ...good, stream: 'yes' }, 400, 'invalid_value', 'stream'],
  ['a model nobody has', { ...good, model: 'demo-smal' }, 404, 'model_not_found', 'model'],
  [
    'a model its provider lacks',
    { ...good, model: 'openai/other' },
    404,
    'model_not_found',
    'model',
  ],
  [
    'a body beyond the bound',
    { ...good, messages: user('a'.repeat(120_000)) },
    413,
    'request_too_large',
    null,
  ],
]) {
  test(`${what} is refused with ${status} ${code ?? ''}`, async () => {
    const response = await gateway.post(chat, body);
    assert.equal(response.status, status);
    const error = await errorOf(response);
    if (code) assert.equal(error.code, code);
    if (param) assert.equal(error.param, param);
    assert.ok(response.headers.get('x-request-id'));
  });
}

test('every answer of inference names its node and version, a call its cost', async () => {
  const closed = { provider: { only: ['nobody'] } };
  const rows = [
    [await gateway.fetch('/v1/models'), 200],
    [await gateway.fetch('/v1/models/openai/demo-small'), 200],
    [await gateway.fetch('/v1/models/demo-smal'), 404],
    [await gateway.fetch('/v1/nothing'), 404],
    [await gateway.fetch(chat), 405],
    [await gateway.post(chat, '{'), 400, 'a call'],
    [await gateway.post(chat, { ...good, ...closed }), 400, 'a call'],
    [await gateway.post(chat, good), 200, 'a call'],
  ];
  for (const [response, status, isCall] of rows) {
    assert.equal(response.status, status);
    const names = ['x-request-id', 'x-gateway-node', 'x-gateway-config'];
    if (isCall)
      names.push('x-gateway-attempts', 'x-gateway-cost-usd', 'x-gateway-overhead-ms');
    for (const name of names) assert.ok(response.headers.get(name), `${response.url} ${name}`);
  }
  const { error } = await rows[2][0].json();
  assert.equal(error.code, 'model_not_found');
  assert.match(error.message, /Near names: .*'demo-small'/);
});

test('an unknown model names its neighbours', async () => {
  await assert.rejects(
    gateway.client().chat.completions.create({ ...good, model: 'demo-smal' }),
    (error) => error instanceof OpenAI.NotFoundError && /demo-small/.test(error.message),
  );
});

for (const [what, init, route, status, code] of [
  ['an unknown path', { method: 'POST', body: '{}' }, '/v1/chat/other', 404, 'not_found'],
  ['a wrong method', { method: 'DELETE' }, chat, 405, 'method_not_allowed'],
  [
    'a form',
    {
      method: 'POST',
      body: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    chat,
    415,
    'unsupported_media_type',
  ],
  [
    'a compressed body',
    {
      method: 'POST',
      body: gzipSync('{}'),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    },
    chat,
    415,
    'unsupported_media_type',
  ],
]) {
  test(`${what} is refused with ${status}`, async () => {
    const response = await gateway.fetch(route, init);
    assert.equal(response.status, status);
    assert.equal((await errorOf(response)).code, code);
  });
}

for (const dialect of dialects) {
  test(`${dialect}: what the provider finds at fault is a 400, and tried once`, async () => {
    const { requests } = await providers[dialect].status();
    const response = await gateway.post(chat, {
      model: `${dialect}/demo-small`,
      messages: user('far too many words '.repeat(100)),
    });
    assert.equal(response.status, 400);
    assert.equal((await errorOf(response)).code, 'context_length_exceeded');
    assert.equal((await providers[dialect].status()).requests, requests + 1);
  });

  test(`${dialect}: a failure tells neither prompt nor key nor the provider's words`, async () => {
    await providers[dialect].order({ fail: '401', count: 1 });
    const response = await gateway.post(chat, {
      model: `${dialect}/demo-small`,
      messages: user('a prompt that is private'),
    });
    assert.equal(response.status, 502);
    const text = await response.text();
    assert.equal(JSON.parse(text).error.code, 'upstream_credentials');
    for (const secret of ['private', 'key-of', 'Incorrect'])
      assert.ok(!text.includes(secret), text);
    assert.ok(text.includes(dialect));
  });
}

/// All that comes back over a connection of its own for a POST with these bytes behind its Host.
function heardAfter(bytes) {
  const { port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    let text = '';
    socket.on('data', (piece) => (text += piece));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.write(`POST ${chat} HTTP/1.1\r\nhost: 127.0.0.1\r\n${bytes}`);
  });
}

test('framing that is not clear is refused and the connection closed', async () => {
  const heard = await heardAfter('content-length: 5\r\ncontent-length: 6\r\n\r\nhello!');
  assert.match(heard, /^HTTP\/1\.1 400 /);
});

test('a request without a body is told to have one', async () => {
  const heard = await heardAfter('connection: close\r\n\r\n');
  assert.match(heard, /^HTTP\/1\.1 411 /);
  assert.match(heard, /"code":"length_required"/);
});

test('what can be got can be asked for its head', async () => {
  const response = await gateway.fetch('/healthz', { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-length'), '15');
  const posted = await gateway.fetch('/healthz', { method: 'POST', body: '{}' });
  assert.equal(posted.status, 405);
  assert.equal(posted.headers.get('allow'), 'GET, HEAD');
});

test('a request that fits nobody is its own fault, whoever else is disabled', async () => {
  const partly = await stage.gateway({
    ...documentOf(providers),
    providers: { ...documentOf(providers).providers, groq: { api_key: 'env:NO_SUCH_VARIABLE' } },
  });
  for (const [more, code, param] of [
    [{ provider: { only: ['nobody'] } }, 'invalid_value', 'provider'],
    [{ provider: { max_price: { prompt: 0 } } }, 'invalid_value', 'provider.max_price'],
  ]) {
    const response = await partly.post(chat, { ...good, model: 'auto', ...more });
    assert.equal(response.status, 400);
    const error = await errorOf(response);
    assert.deepEqual([error.code, error.param], [code, param]);
    assert.equal(response.headers.get('x-should-retry'), 'false');
  }
  const vectors = await partly.post('/v1/embeddings', { model: 'auto', input: 'x' });
  assert.equal(vectors.status, 400);
  assert.equal((await errorOf(vectors)).param, 'model');
});

test('with keys in the document a key is wanted, and only the right one opens', async () => {
  const hash = createHash('sha256').update('gw-the-right-key').digest('hex');
  const locked = await stage.gateway(
    documentOf(providers, { keys: { app: { hash: `sha256:${hash}` } } }),
  );
  const ask = (headers) => locked.post(chat, good, headers);
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { 'x-api-key': '' }]) {
    const response = await ask(headers);
    assert.equal(response.status, 401);
    assert.equal((await errorOf(response)).code, 'invalid_api_key');
  }
  for (const headers of [
    { authorization: 'Bearer gw-the-right-key' },
    { 'x-api-key': 'gw-the-right-key' },
    { 'api-key': 'gw-the-right-key' },
  ])
    assert.equal((await ask(headers)).status, 200);
  await assert.rejects(
    locked.client({ apiKey: 'wrong' }).models.list(),
    (error) => error instanceof OpenAI.AuthenticationError,
  );
});

test('a keyless node takes no request that came through a proxy', async () => {
  const response = await gateway.post(chat, good, { 'x-forwarded-for': '203.0.113.7' });
  assert.equal(response.status, 403);
  assert.equal((await errorOf(response)).code, 'not_allowed');
});

test('a web page elsewhere reaches no keyless node', async () => {
  for (const origin of [
    'https://elsewhere.example',
    'http://203.0.113.7',
    'http://127.0.0.1.elsewhere.example',
    'null',
  ])
    assert.equal((await gateway.post(chat, good, { origin })).status, 403, origin);
  for (const origin of ['http://127.0.0.1:3000', 'http://localhost', 'http://[::1]:3000'])
    assert.equal((await gateway.post(chat, good, { origin })).status, 200, origin);
});

test('the admin API wants its key', async () => {
  assert.equal((await gateway.fetch('/admin/v1/usage?last=1h')).status, 401);
  assert.equal((await gateway.admin('/usage?last=1h')).status, 200);
});

test('health and readiness are told to anybody', async () => {
  assert.equal((await gateway.fetch('/healthz')).status, 200);
  assert.equal((await gateway.fetch('/readyz')).status, 200);
});
