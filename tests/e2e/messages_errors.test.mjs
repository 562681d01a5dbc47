import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import Anthropic from '@anthropic-ai/sdk';

import { Stage, anthropicClient, dialects, documentOf, user } from './support.mjs';

const stage = new Stage();
let providers;
let gateway;

before(async () => {
  providers = await stage.providers();
  gateway = await stage.gateway(documentOf(providers, { settings: { max_body_bytes: 100_000 } }));
});
after(() => stage.close());

const good = { model: 'openai/demo-small', max_tokens: 50, messages: user('echo: a') };

async function errorOf(response, status, type) {
  assert.equal(response.status, status);
  const body = await response.json();
  assert.equal(body.type, 'error');
  assert.equal(body.error.type, type);
  assert.ok(body.error.message.length > 0);
  const id = response.headers.get('request-id');
  assert.ok(id.length > 8);
  assert.equal(body.request_id, id);
  assert.equal(response.headers.get('x-request-id'), id);
  for (const name of ['x-gateway-node', 'x-gateway-config'])
    assert.ok(response.headers.get(name), name);
  return body.error;
}

for (const [what, body, status, type, named] of [
  ['broken JSON', '{"model":', 400, 'invalid_request_error', 'JSON'],
  ['no bound', { ...good, max_tokens: undefined }, 400, 'invalid_request_error', 'max_tokens'],
  ['a model nobody has', { ...good, model: 'demo-smal' }, 404, 'not_found_error', 'demo-small'],
  [
    'a tool that runs at Anthropic alone',
    { ...good, tools: [{ type: 'web_search_20260101', name: 'web_search' }] },
    400,
    'invalid_request_error',
    'tools[0].type',
  ],
  [
    'a body beyond the bound',
    { ...good, messages: user('a'.repeat(120_000)) },
    413,
    'request_too_large',
    '',
  ],
])
  test(`${what} is refused with ${status} in Anthropic's shape`, async () => {
    const response = await gateway.post('/v1/messages', body);
    const error = await errorOf(response, status, type);
    assert.ok(error.message.includes(named), error.message);
  });

test('what is no message is refused in the shape of its path', async () => {
  for (const path of ['/v1/messages', '/messages', '/v1/messages/count_tokens']) {
    const response = await gateway.fetch(path);
    await errorOf(response, 405, 'invalid_request_error');
    assert.equal(response.headers.get('allow'), 'POST');
  }
  await errorOf(await gateway.post('/v1/messages/batches', {}), 404, 'not_found_error');
  const form = { 'content-type': 'text/plain' };
  await errorOf(await gateway.post('/v1/messages', 'a', form), 415, 'invalid_request_error');
});

test('a failure that nobody mends is told, as the official client knows it', async () => {
  await providers.openai.order({ fail: '500', count: 1 });
  const response = await gateway.post('/v1/messages', good);
  await errorOf(response, 502, 'api_error');
  await assert.rejects(
    anthropicClient(gateway).messages.create({ ...good, model: 'nobody' }),
    (error) =>
      error instanceof Anthropic.NotFoundError && error.error.error.type === 'not_found_error',
  );
});

test('a key opens by either header, and its limit holds', async () => {
  const hash = createHash('sha256').update('gw-the-right-key').digest('hex');
  const locked = await stage.gateway(
    documentOf(providers, { keys: { app: { hash: `sha256:${hash}`, limits: { rpm: 2 } } } }),
  );
  const refused = await locked.post('/v1/messages', good, { 'x-api-key': 'wrong' });
  await errorOf(refused, 401, 'authentication_error');
  await assert.rejects(
    anthropicClient(locked, { apiKey: 'wrong' }).messages.create(good),
    (error) => error instanceof Anthropic.AuthenticationError,
  );
  for (const headers of [
    { 'x-api-key': 'gw-the-right-key' },
    { authorization: 'Bearer gw-the-right-key' },
  ])
    assert.equal((await locked.post('/v1/messages', good, headers)).status, 200);
  const counting = anthropicClient(locked, { apiKey: 'gw-the-right-key' });
  const limited = await locked.post('/messages', good, { 'x-api-key': 'gw-the-right-key' });
  await errorOf(limited, 429, 'rate_limit_error');
  assert.ok(Number(limited.headers.get('retry-after')) > 0);
  await assert.rejects(
    counting.messages.create(good),
    (error) => error instanceof Anthropic.RateLimitError,
  );
  // To count costs nothing.
  assert.ok((await counting.messages.countTokens(good)).input_tokens > 0);
});

for (const dialect of dialects)
  test(`${dialect}: tokens are counted without asking the provider`, async () => {
    const { requests } = await providers[dialect].status();
    const count = (content) =>
      anthropicClient(gateway).messages.countTokens({
        model: `${dialect}/demo-small`,
        system: 'Be brief.',
        tools: [{ name: 'get_time', input_schema: { type: 'object' } }],
        messages: user(content),
      });
    const few = await count('a few words');
    const many = await count('many more words '.repeat(100));
    assert.ok(few.input_tokens > 0);
    const more = many.input_tokens - few.input_tokens;
    assert.ok(more > 200, `${more} tokens`);
    assert.equal((await providers[dialect].status()).requests, requests);
  });

test('who counts tokens of nothing known is told so', async () => {
  const ask = (body) => gateway.post('/v1/messages/count_tokens', body);
  await errorOf(await ask({ ...good, model: 'nobody' }), 404, 'not_found_error');
  await errorOf(await ask({ model: good.model }), 400, 'invalid_request_error');
  await errorOf(await ask('{'), 400, 'invalid_request_error');
});
