import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { Stage, dialects, documentOf, eventsOf, user } from './support.mjs';

const stage = new Stage();
let providers;
let backup;
let gateway;

const timeouts = { connect_ms: 500, first_byte_ms: 700, idle_ms: 2000, total_ms: 1200 };

/// A port of this machine on which nobody listens.
async function closedPort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const route = (...names) => ({
  policy: 'priority',
  targets: names.map((provider) => ({ provider, model: 'demo-small' })),
});

before(async () => {
  providers = await stage.providers();
  backup = await stage.provider('backup', 'openai');
  const named = { backup: backup.config() };
  const routes = {};
  for (const dialect of dialects) {
    named[dialect] = providers[dialect].config({ timeouts });
    routes[`${dialect}-first`] = route(dialect, 'backup');
    routes[`${dialect}-last`] = route('backup', dialect);
  }
  named.closed = providers.openai.config({ base_url: `http://127.0.0.1:${await closedPort()}/v1` });
  routes['closed-first'] = route('closed', 'backup');
  routes['all-fail'] = route('closed', 'openai', 'anthropic');
  routes['many'] = route('closed', 'openai', 'anthropic', 'gemini', 'backup');
  gateway = await stage.gateway(
    // A share of live requests may be retries; here every request is one that fails.
    documentOf(named, { routes, settings: { max_attempts: 3 } }),
  );
});
after(() => stage.close());

const ask = (model, more = {}) =>
  gateway.post('/v1/chat/completions', { model, messages: user('echo: saved'), ...more });

async function textOf(response, stream) {
  if (!stream) return (await response.json()).choices[0].message.content;
  const events = await eventsOf(response);
  assert.equal(events.at(-1), '[DONE]');
  return events
    .slice(0, -1)
    .map((event) => JSON.parse(event).choices[0]?.delta.content ?? '')
    .join('');
}

const before_the_first_byte = ['401', '403', '404', '429', '500', '503', '529', 'error_at_head'];
// What fails before anybody has said a word in any dialect.
const of_the_connection = ['refuse', 'reset', 'hang', 'garbage'];
const failures = (dialect) =>
  dialect === 'openai' ? [...before_the_first_byte, ...of_the_connection] : before_the_first_byte;

for (const dialect of dialects)
  for (const fail of failures(dialect))
    for (const [form, stream] of [
      ['an answer', false],
      ['a stream', true],
    ])
      test(`${dialect} fails ${form} with ${fail}: the next answers`, async () => {
        // Not once only: on a kept connection that closed the same provider may be asked anew.
        await providers[dialect].order({ fail, wait_ms: 1000 });
        const response = await ask(`${dialect}-first`, { stream });
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('x-gateway-provider'), 'backup');
        // Each call that was sent counts: also one that found a kept connection closed.
        const sent = ['refuse', 'reset'].includes(fail) ? ['2', '3'] : ['2'];
        assert.ok(sent.includes(response.headers.get('x-gateway-attempts')));
        assert.equal(await textOf(response, stream), 'saved');
        await providers[dialect].order({ fail: 'none' });
      });

for (const dialect of dialects)
  for (const fail of ['invalid_json', 'cut'])
    test(`${dialect} breaks off a whole answer with ${fail}: the next answers`, async () => {
      await providers[dialect].order({ fail, count: 1 });
      const response = await ask(`${dialect}-first`);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('x-gateway-provider'), 'backup');
      assert.equal(await textOf(response, false), 'saved');
    });

for (const dialect of dialects)
  test(`the openai backup fails: ${dialect} answers`, async () => {
    await backup.order({ fail: '500', count: 1 });
    const response = await ask(`${dialect}-last`);
    assert.equal(response.headers.get('x-gateway-provider'), dialect);
    assert.equal(await textOf(response, false), 'saved');
  });

test('nobody listens at the first: the next answers', async () => {
  const response = await ask('closed-first');
  assert.equal(response.headers.get('x-gateway-provider'), 'backup');
  assert.equal(await textOf(response, false), 'saved');
});

for (const dialect of dialects)
  test(`${dialect} finds the request at fault: nobody else is asked`, async () => {
    const { requests } = await backup.status();
    await providers[dialect].order({ fail: '400', count: 1 });
    const response = await ask(`${dialect}-first`);
    assert.equal(response.status, 400);
    assert.equal((await backup.status()).requests, requests);
  });

for (const dialect of dialects)
  for (const fail of ['cut', 'error_in_stream', 'no_finish'])
    test(`${dialect} breaks a begun stream with ${fail}: an error event ends it`, async () => {
      const { requests } = await backup.status();
      await providers[dialect].order({ fail, after: 4, count: 1 });
      const response = await ask(`${dialect}-first`, {
        stream: true,
        messages: user('count to 9'),
      });
      assert.equal(response.status, 200);
      const events = await eventsOf(response);
      assert.ok(events.length >= 2);
      assert.ok(!events.includes('[DONE]'));
      const { error } = JSON.parse(events.at(-1));
      assert.ok(error.message);
      assert.equal((await backup.status()).requests, requests, 'nobody else is asked');
    });

test('the official client throws on a stream that breaks', async () => {
  await providers.openai.order({ fail: 'cut', after: 4, count: 1 });
  const stream = await gateway
    .client()
    .chat.completions.create({ model: 'openai-first', messages: user('count to 9'), stream: true });
  await assert.rejects(async () => {
    for await (const chunk of stream) assert.ok(chunk);
  });
});

test('when all fail the answer names each with its reason', async () => {
  await providers.openai.order({ fail: '500', count: 1 });
  await providers.anthropic.order({ fail: '529', count: 1 });
  const response = await ask('all-fail');
  assert.equal(response.status, 502);
  const { error } = await response.json();
  assert.equal(error.code, 'upstream_error');
  for (const name of ['closed', 'openai', 'anthropic'])
    assert.ok(error.message.includes(name), error.message);
});

test('no more calls than max_attempts are sent', async () => {
  for (const dialect of dialects) await providers[dialect].order({ fail: '500' });
  const { requests } = await backup.status();
  const response = await ask('many');
  // The closed port is a call that was never sent: three are left for three providers.
  assert.ok(response.status === 502 || response.status === 200);
  assert.ok(Number(response.headers.get('x-gateway-attempts')) <= 3);
  assert.ok((await backup.status()).requests - requests <= 1);
  for (const dialect of dialects) await providers[dialect].order({ fail: 'none' });
});

test('the route trace tells the whole story', async () => {
  await providers.openai.order({ fail: '503', count: 1 });
  const response = await ask('openai-first');
  const id = response.headers.get('x-request-id');
  assert.equal(await textOf(response, false), 'saved');
  const found = await gateway.admin(`/requests/${id}`);
  assert.equal(found.status, 200);
  const { request, attempts, candidates } = await found.json();
  assert.equal(request.outcome, 'failover');
  assert.equal(request.provider, 'backup');
  assert.equal(request.attempts, 2);
  assert.equal(attempts.length, 2);
  assert.ok(candidates.length >= 2);
});
