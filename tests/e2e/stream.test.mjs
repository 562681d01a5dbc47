import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { editorOf } from './editor.mjs';
import {
  Stage,
  dialects,
  documentOf,
  eventsOf,
  sleep,
  until,
  upstreamName,
  user,
} from './support.mjs';

const stage = new Stage();
let providers;
let slow;
let gateway;

before(async () => {
  providers = await stage.providers();
  slow = await stage.provider('slow', 'openai', { tokens_per_second: 20 });
  gateway = await stage.gateway(documentOf({ ...providers, slow }));
});
after(() => stage.close());

const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

async function chunksOf(params) {
  const stream = await gateway.client().chat.completions.create({ stream: true, ...params });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

for (const dialect of dialects) {
  const model = `${dialect}/demo-small`;

  test(`${dialect}: a stream arrives in pieces and ends in order`, async () => {
    const chunks = await chunksOf({ model, messages: user('count to 20') });
    assert.equal(textOf(chunks), Array.from({ length: 20 }, (_, i) => i + 1).join(' '));
    assert.ok(chunks.length >= 20);
    const first = chunks[0];
    assert.equal(first.object, 'chat.completion.chunk');
    assert.equal(first.choices[0].delta.role, 'assistant');
    assert.ok(chunks.every((chunk) => chunk.id === first.id));
    assert.ok(chunks.every((chunk) => chunk.model === upstreamName(dialect, 'demo-small')));
    const finishes = chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean);
    assert.deepEqual(finishes, ['stop']);
    assert.ok(chunks.every((chunk) => !chunk.usage));
  });

  test(`${dialect}: usage comes in a last chunk of its own if it is wished`, async () => {
    const chunks = await chunksOf({
      model,
      messages: user('echo: one two'),
      stream_options: { include_usage: true },
    });
    const last = chunks.at(-1);
    assert.deepEqual(last.choices, []);
    assert.equal(last.usage.prompt_tokens, 3);
    assert.equal(last.usage.completion_tokens, 2);
    assert.ok(chunks.slice(0, -1).every((chunk) => !chunk.usage));
  });

  test(`${dialect}: usage that was not wished is recorded all the same`, async () => {
    const stream = await gateway
      .client()
      .chat.completions.create({ model, messages: user('echo: one two'), stream: true })
      .withResponse();
    for await (const chunk of stream.data) assert.ok(chunk);
    const id = stream.response.headers.get('x-request-id');
    await until('recorded', () => gateway.records().some((record) => record.id === id));
    const record = gateway.records().find((one) => one.id === id);
    assert.equal(record.tokens_in, 3);
    assert.equal(record.tokens_out, 2);
    assert.ok(!record.estimated);
    assert.equal(record.stream, true);
  });

  test(`${dialect}: on the wire a stream ends with [DONE]`, async () => {
    const response = await gateway.post('/v1/chat/completions', {
      model,
      messages: user('echo: a'),
      stream: true,
    });
    assert.equal(response.headers.get('content-type').split(';')[0], 'text/event-stream');
    assert.equal(response.headers.get('x-gateway-provider'), dialect);
    const events = await eventsOf(response);
    assert.equal(events.at(-1), '[DONE]');
    for (const event of events.slice(0, -1)) assert.ok(JSON.parse(event).id);
  });

  test(`${dialect}: a stream cut at max_tokens says length`, async () => {
    const chunks = await chunksOf({ model, messages: user('count to 9'), max_tokens: 3 });
    assert.equal(textOf(chunks), '1 2 3');
    assert.equal(
      chunks
        .map((chunk) => chunk.choices[0]?.finish_reason)
        .filter(Boolean)
        .join(),
      'length',
    );
  });
}

test('tokens pass through as they come', async () => {
  const began = Date.now();
  const times = [];
  const stream = await gateway.client().chat.completions.create({
    model: 'slow/demo-small',
    messages: user('count to 20'),
    stream: true,
  });
  for await (const chunk of stream)
    if (chunk.choices[0]?.delta.content) times.push(Date.now() - began);
  // Twenty tokens at twenty a second: about 50 ms apart, and the first long before the last.
  assert.equal(times.length, 20);
  assert.ok(times[0] < 400, `first after ${times[0]} ms`);
  assert.ok(times.at(-1) >= 900, `last after ${times.at(-1)} ms`);
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  assert.ok(gaps.filter((gap) => gap > 25).length >= 15, `gaps ${gaps}`);
});

/// Streams `events` of 4 KiB as fast as they are taken; `sent` is how many were.
async function hasty(events) {
  const provider = { sent: 0 };
  const event = (more) => `data: ${JSON.stringify({ choices: [{ index: 0, ...more }] })}\n\n`;
  const words = event({ delta: { content: 'x'.repeat(4096) } });
  provider.server = http.createServer(async (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (; provider.sent < events; ++provider.sent)
      if (!response.write(words)) await once(response, 'drain');
    response.end(`${event({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`);
  });
  await once(provider.server.listen(0, '127.0.0.1'), 'listening');
  provider.config = {
    dialect: 'openai',
    base_url: `http://127.0.0.1:${provider.server.address().port}/v1`,
    api_key: 'key',
    models: { m: {} },
  };
  return provider;
}

test('a slow client slows its upstream down and loses nothing', async () => {
  // More than the kernel's buffers of all four sockets hold, however much they have grown.
  const events = 16_384;
  const provider = await hasty(events);
  const slowed = await stage.gateway(documentOf({ hasty: provider.config }));
  const body = JSON.stringify({ model: 'hasty/m', messages: user('a'), stream: true });
  const socket = net.connect({ port: new URL(slowed.url).port, host: '127.0.0.1' });
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  socket.pause();
  let before = -1;
  await until('the provider waits for the client', async () => {
    const waits = provider.sent > 0 && provider.sent === before;
    before = provider.sent;
    await sleep(300);
    return waits;
  });
  assert.ok(provider.sent < events, `${provider.sent} events`);
  let text = '';
  socket.setEncoding('utf8');
  for await (const piece of socket) text += piece;
  assert.equal(text.split('"content"').length - 1, events);
  assert.ok(text.includes('data: [DONE]'));
  provider.server.close();
});

test('a silent stream is kept alive with comments', async () => {
  await slow.order({ fail: 'stall', after: 2, count: 1 });
  const controller = new AbortController();
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'slow/demo-small', messages: user('count to 9'), stream: true }),
    signal: controller.signal,
  });
  let text = '';
  const decoder = new TextDecoder();
  const began = Date.now();
  for await (const piece of response.body) {
    text += decoder.decode(piece);
    if (text.includes(': keep-alive')) break;
  }
  const waited = Date.now() - began;
  assert.ok(waited > 12_000 && waited < 18_000, `after ${waited} ms`);
  controller.abort();
});

test('a stream that an edit takes the route away from goes on to its end', async () => {
  const target = { provider: 'slow', model: 'demo-small' };
  const routes = { leaving: { targets: [target] } };
  const edited = await stage.gateway(documentOf({ slow: slow.config() }, { routes }));
  const words = Array.from({ length: 30 }, (_, i) => `w${i}`).join(' ');
  const question = { model: 'leaving', messages: user(`echo: ${words}`), stream: true };
  const response = await edited.post('/v1/chat/completions', question);
  assert.equal(response.status, 200);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let seen = decoder.decode((await reader.read()).value);

  const edit = await editorOf(edited).patch(1, [{ op: 'remove', path: '/routes/leaving' }]);
  assert.equal(edit.status, 200, edit.text);
  assert.equal((await edited.post('/v1/chat/completions', question)).status, 404);
  assert.ok(!seen.includes('[DONE]'), 'it was still running');
  for (let next = await reader.read(); !next.done; next = await reader.read())
    seen += decoder.decode(next.value, { stream: true });
  assert.equal(response.headers.get('x-gateway-config'), '1');
  assert.ok(seen.includes('w29') && seen.trimEnd().endsWith('data: [DONE]'), seen.slice(-300));
});
