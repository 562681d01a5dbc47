import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import Anthropic from '@anthropic-ai/sdk';

import {
  Stage,
  anthropicClient,
  dialects,
  documentOf,
  pixel,
  until,
  upstreamName,
  user,
} from './support.mjs';

const stage = new Stage();
let providers;
let gateway;

before(async () => {
  providers = await stage.providers();
  gateway = await stage.gateway(documentOf(providers));
});
after(() => stage.close());

const client = (of = gateway) => anthropicClient(of);
const create = (params, options) =>
  client().messages.create({ max_tokens: 2000, ...params }, options);
const textOf = (message) =>
  message.content
    .filter((block) => block.type === 'text')
    .map((block) => block.text)
    .join('');

const tools = [
  {
    name: 'get_weather',
    description: 'The weather of a city.',
    input_schema: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
      required: ['city'],
    },
  },
  {
    name: 'get_time',
    input_schema: { type: 'object', properties: { zone: { enum: ['UTC'] } } },
  },
];

/// Dialects in which a model can be offered tools, but not be made to call one.
const unforced = ['ollama'];
/// Providers that tell of what they think, in models of any name.
const thinkers = ['openai', 'azure', 'anthropic', 'gemini', 'ollama', 'bedrock'];

for (const dialect of dialects) {
  const model = `${dialect}/demo-small`;

  test(`${dialect}: a message is answered, metered and named`, async () => {
    const { data, response } = await client()
      .messages.create({ model, max_tokens: 100, messages: user('echo: good morning') })
      .withResponse();
    assert.equal(data.type, 'message');
    assert.equal(data.role, 'assistant');
    assert.equal(data.model, upstreamName(dialect, 'demo-small'));
    assert.match(data.id, /^msg_/);
    assert.deepEqual(
      data.content.map(({ type, text }) => ({ type, text })),
      [{ type: 'text', text: 'good morning' }],
    );
    assert.equal(data.stop_reason, 'end_turn');
    assert.equal(data.usage.input_tokens, 3);
    assert.equal(data.usage.output_tokens, 2);
    const header = (name) => response.headers.get(name);
    assert.equal(header('x-gateway-provider'), dialect);
    assert.equal(header('x-gateway-attempts'), '1');
    assert.equal(header('x-gateway-cost-usd'), '0.000007');
    assert.ok(header('x-request-id').length > 8);
    assert.equal(header('request-id'), header('x-request-id'));
    const record = gateway.records().find((one) => one.id === header('x-request-id'));
    assert.equal(record.endpoint, '/v1/messages');
    assert.equal(record.tokens_out, 2);
  });

  test(`${dialect}: the whole conversation reaches the provider in order`, async () => {
    const answer = await create({
      model,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: 'One.' },
        { role: 'assistant', content: [{ type: 'text', text: 'Two.' }] },
        { role: 'user', content: [{ type: 'text', text: 'describe the request' }] },
      ],
      max_tokens: 500,
      metadata: { user_id: 'somebody' },
    });
    const seen = JSON.parse(textOf(answer));
    assert.deepEqual(seen.turns, [
      { role: 'system', text: 'Be brief.' },
      { role: 'user', text: 'One.' },
      { role: 'assistant', text: 'Two.' },
      { role: 'user', text: 'describe the request' },
    ]);
    assert.equal(seen.max_tokens, 500);
  });

  test(`${dialect}: a stream is the message it would have been`, async () => {
    const params = { model, max_tokens: 100, messages: user('count to 9') };
    const stream = client().messages.stream(params);
    const words = [];
    stream.on('text', (piece) => words.push(piece));
    const final = await stream.finalMessage();
    assert.ok(words.length > 3, `${words.length} pieces`);
    assert.equal(words.join(''), '1 2 3 4 5 6 7 8 9');
    const whole = await create(params);
    assert.equal(textOf(final), textOf(whole));
    assert.equal(final.stop_reason, 'end_turn');
    assert.equal(final.usage.input_tokens, whole.usage.input_tokens);
    assert.equal(final.usage.output_tokens, whole.usage.output_tokens);
  });

  test(`${dialect}: an answer is cut at max_tokens and at a stop sequence`, async () => {
    const messages = user('count to 9');
    const cut = await create({ model, messages, max_tokens: 4 });
    assert.equal(textOf(cut), '1 2 3 4');
    assert.equal(cut.stop_reason, 'max_tokens');
    const stopped = await create({ model, messages, stop_sequences: [' 5'] });
    assert.equal(textOf(stopped), '1 2 3 4');
    // Which of them it was only Anthropic tells.
    assert.equal(stopped.stop_reason, dialect === 'anthropic' ? 'stop_sequence' : 'end_turn');
  });

  test(`${dialect}: an agent's session goes on through tools, streams and failures`, async () => {
    const messages = user('call the tools');
    const turn = async (streamed) => {
      const params = { model, max_tokens: 2000, tools, messages };
      const answer = streamed
        ? await client().messages.stream(params).finalMessage()
        : await create(params);
      messages.push({ role: 'assistant', content: answer.content });
      return answer;
    };
    for (let round = 1; round <= 4; ++round) {
      const asked = await turn(round % 2 === 0);
      assert.equal(asked.stop_reason, 'tool_use');
      const calls = asked.content.filter((block) => block.type === 'tool_use');
      assert.deepEqual(
        calls.map(({ name }) => name),
        ['get_weather', 'get_time'],
      );
      assert.equal(new Set(calls.map(({ id }) => id)).size, 2);
      assert.deepEqual(calls[0].input, { city: 'something', days: 2 });
      const results = calls.map(({ id }, i) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: [{ type: 'text', text: `result ${round}.${i}` }],
        ...(round === 4 && i === 1 ? { is_error: true } : {}),
      }));
      messages.push({ role: 'user', content: results });
      const told = await turn(round % 2 === 1);
      assert.equal(told.stop_reason, 'end_turn');
      assert.match(textOf(told), new RegExp(`^The tool said: .*result ${round}\\.1`));
      messages.push(...user('call the tools'));
    }
  });

  test(`${dialect}: a tool is called with the arguments that were meant`, async () => {
    const answer = await create({
      model,
      tools,
      messages: user('call the tool {"city":"Zürich","days":3}'),
    });
    const [call] = answer.content.filter((block) => block.type === 'tool_use');
    assert.deepEqual(call.input, { city: 'Zürich', days: 3 });
  });

  const forced = { model, tools, messages: user('Hello.') };
  if (unforced.includes(dialect))
    test(`${dialect}: a tool that can't be forced is refused by name`, async () => {
      await assert.rejects(
        create({ ...forced, tool_choice: { type: 'any' } }),
        (error) => error.status === 400 && /tool_choice/.test(error.message),
      );
    });
  else
    test(`${dialect}: a forced tool is called, and none where none may be`, async () => {
      const one = await create({ ...forced, tool_choice: { type: 'tool', name: 'get_time' } });
      const [call] = one.content.filter((block) => block.type === 'tool_use');
      assert.equal(call.name, 'get_time');
      const none = await create({
        ...forced,
        messages: user('call the tool'),
        tool_choice: { type: 'none' },
      });
      assert.equal(none.stop_reason, 'end_turn');
    });

  if (thinkers.includes(dialect))
    test(`${dialect}: thoughts are shown, and taken back the next turn`, async () => {
      const thinking = { type: 'enabled', budget_tokens: 1024 };
      const params = { model, max_tokens: 4000, thinking };
      const messages = user('echo: a');
      for (const streamed of [false, true]) {
        const answer = streamed
          ? await client().messages.stream({ ...params, messages }).finalMessage()
          : await create({ ...params, messages });
        const [thought, text] = answer.content;
        assert.equal(thought.type, 'thinking');
        assert.match(thought.thinking, /think/);
        assert.ok(thought.signature.length > 0);
        assert.equal(text.text, 'a');
        messages.push({ role: 'assistant', content: answer.content }, ...user('echo: a'));
      }
    });

  test(`${dialect}: images arrive, also those that a tool brings`, async () => {
    const image = {
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: pixel.split(',')[1] },
    };
    const see = (messages) => create({ model, tools, messages });
    const shown = await see(user([{ type: 'text', text: 'What is it?' }, image]));
    assert.match(textOf(shown), /^I see 1 image\. /);
    // Anthropic has them in results, where the simulated one counts none.
    if (dialect === 'anthropic') return;
    const brought = await see([
      ...user('Look.'),
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'get_time', input: {} }] },
      ...user([
        { type: 'tool_result', tool_use_id: 't1', content: [image] },
        { type: 'text', text: 'What is it?' },
      ]),
    ]);
    assert.match(textOf(brought), /^I see 1 image\. /);
  });

  test(`${dialect}: a JSON schema is kept`, async () => {
    const answer = await create({
      model,
      messages: user('A person, please.'),
      output_config: {
        format: {
          type: 'json_schema',
          schema: {
            type: 'object',
            properties: { name: { type: 'string' }, age: { type: 'integer' } },
            required: ['name', 'age'],
            additionalProperties: false,
          },
        },
      },
    });
    assert.deepEqual(JSON.parse(textOf(answer)), { name: 'something', age: 1 });
  });

  test(`${dialect}: a stream that breaks ends with an error event`, async () => {
    await providers[dialect].order({ fail: 'error_in_stream', count: 1, after: 4 });
    const response = await gateway.post('/v1/messages', {
      model,
      max_tokens: 100,
      stream: true,
      messages: user('count to 50'),
    });
    assert.equal(response.status, 200);
    const events = (await response.text()).trimEnd().split('\n\n');
    assert.match(events[0], /^event: message_start\n/);
    const [name, data] = events.at(-1).split('\n');
    assert.equal(name, 'event: error');
    const error = JSON.parse(data.slice('data: '.length));
    assert.equal(error.type, 'error');
    assert.equal(error.error.type, 'api_error');
    assert.equal(error.request_id, response.headers.get('request-id'));
    assert.ok(!events.some((event) => event.startsWith('event: message_stop')));
  });
}

test('leaving a stream cancels it upstream', async () => {
  const slow = await stage.provider('slow', 'gemini', { tokens_per_second: 10 });
  const own = await stage.gateway(documentOf({ slow }));
  const stream = client(own).messages.stream({
    model: 'slow/demo-small',
    max_tokens: 1000,
    messages: user(`echo: ${'extraordinary '.repeat(100)}`),
  });
  const ended = assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
  await new Promise((resolve) => stream.once('text', resolve));
  stream.abort();
  await ended;
  await until('cancelled', async () => (await slow.status()).cancelled === 1, 2000);
  await until('recorded', () => own.records().some(({ outcome }) => outcome === 'cancelled'));
});

test('to Anthropic a request passes as it is, with its betas and marks', async () => {
  const params = {
    model: 'anthropic/demo-small',
    max_tokens: 50,
    inference_geo: 'eu',
    messages: user([{ type: 'text', text: 'echo: a', cache_control: { type: 'ephemeral' } }]),
  };
  await create(params, { headers: { 'anthropic-beta': 'one-2026-01-01,two' } });
  const seen = await providers.anthropic.last();
  assert.deepEqual(JSON.parse(seen.body), { ...params, model: 'demo-small' });
  assert.equal(seen.headers['anthropic-beta'], 'one-2026-01-01,two');
  assert.equal(seen.headers['anthropic-version'], '2023-06-01');
  assert.ok(!JSON.stringify(seen.headers).includes('client-key'));
});

test('what only Anthropic has goes to who has it', async () => {
  const ask = (model) =>
    client()
      .messages.create({
        model,
        max_tokens: 50,
        inference_geo: 'eu',
        messages: user('echo: a'),
      })
      .withResponse();
  const { response } = await ask('demo-small');
  assert.equal(response.headers.get('x-gateway-provider'), 'anthropic');
  await assert.rejects(
    ask('openai/demo-small'),
    (error) => error.status === 400 && /inference_geo/.test(error.message),
  );
});

test('a session moves from provider to provider, whatever each of them thought', async () => {
  const thinking = { type: 'enabled', budget_tokens: 1024 };
  const messages = user('call the tool');
  for (const dialect of ['gemini', 'anthropic', 'openai', 'gemini', 'ollama', 'anthropic']) {
    const answer = await create({
      model: `${dialect}/demo-small`,
      max_tokens: 4000,
      tools,
      thinking,
      messages,
    });
    const call = answer.content.find((block) => block.type === 'tool_use');
    messages.push(
      { role: 'assistant', content: answer.content },
      ...user([
        ...(call ? [{ type: 'tool_result', tool_use_id: call.id, content: 'done' }] : []),
        { type: 'text', text: 'call the tool' },
      ]),
    );
    assert.equal(answer.stop_reason, 'tool_use', dialect);
  }
});

test('hints a provider has no word for are named as the client wrote them', async () => {
  const { response } = await client()
    .messages.create({
      model: 'openai/demo-small',
      max_tokens: 50,
      top_k: 5,
      speed: 'fast',
      messages: user('echo: a'),
    })
    .withResponse();
  assert.deepEqual(response.headers.get('x-gateway-dropped').split(',').sort(), ['speed', 'top_k']);
});

test('models are listed as the official client of Anthropic knows them', async () => {
  const ids = [];
  for await (const model of client().models.list()) {
    assert.equal(model.type, 'model');
    ids.push(model.id);
  }
  for (const id of ['demo-small', 'openai/demo-small', 'gemini/demo-large'])
    assert.ok(ids.includes(id), `${id} in ${ids}`);
  assert.equal((await client().models.retrieve('openai/demo-small')).id, 'openai/demo-small');
});
