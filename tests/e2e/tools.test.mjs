import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Stage, dialects, documentOf, pixel, user } from './support.mjs';

const stage = new Stage();
let gateway;

before(async () => {
  const providers = await stage.providers();
  gateway = await stage.gateway(documentOf(providers));
});
after(() => stage.close());

const tools = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'The weather of a city.',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
        required: ['city'],
      },
    },
  },
  {
    type: 'function',
    function: {
      name: 'get_time',
      parameters: { type: 'object', properties: { zone: { enum: ['UTC'] } } },
    },
  },
];

/// Dialects in which a model can be offered tools, but not be made to call one.
const unforced = ['ollama'];

for (const dialect of dialects) {
  const model = `${dialect}/demo-small`;
  const create = (params) => gateway.client().chat.completions.create({ model, tools, ...params });

  test(`${dialect}: a tool is called with the arguments that were meant`, async () => {
    const answer = await create({ messages: user('call the tool {"city":"Zürich","days":3}') });
    const [choice] = answer.choices;
    assert.equal(choice.finish_reason, 'tool_calls');
    assert.equal(choice.message.tool_calls.length, 1);
    const [call] = choice.message.tool_calls;
    assert.equal(call.type, 'function');
    assert.equal(call.function.name, 'get_weather');
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Zürich', days: 3 });
    assert.ok(call.id);
  });

  const force = (tool_choice) => create({ messages: user('Hello.'), tool_choice });
  const one = { type: 'function', function: { name: 'get_time' } };

  if (unforced.includes(dialect))
    test(`${dialect}: a tool that can't be forced is refused by name`, async () => {
      for (const choice of [one, 'required'])
        await assert.rejects(
          force(choice),
          (error) => error.code === 'unsupported_parameter' && error.param === 'tool_choice',
        );
    });
  else
    test(`${dialect}: a forced tool is called, whatever was said`, async () => {
      const answer = await force(one);
      const [call] = answer.choices[0].message.tool_calls;
      assert.equal(call.function.name, 'get_time');
      assert.deepEqual(JSON.parse(call.function.arguments), { zone: 'UTC' });
      const required = await force('required');
      assert.equal(required.choices[0].message.tool_calls.length, 1);
    });

  test(`${dialect}: no tool is called where none may be`, async () => {
    const none = await create({ messages: user('call the tool'), tool_choice: 'none' });
    assert.equal(none.choices[0].message.tool_calls, undefined);
  });

  test(`${dialect}: calls in a row keep their order and their own ids`, async () => {
    const answer = await create({ messages: user('call the tools') });
    const calls = answer.choices[0].message.tool_calls;
    assert.deepEqual(
      calls.map((call) => call.function.name),
      ['get_weather', 'get_time'],
    );
    assert.equal(new Set(calls.map((call) => call.id)).size, 2);
  });

  test(`${dialect}: a tool's result goes back and is answered`, async () => {
    const question = user('call the tools');
    const first = await create({ messages: question });
    const { message } = first.choices[0];
    const results = message.tool_calls.map((call, i) => ({
      role: 'tool',
      tool_call_id: call.id,
      content: `result ${i + 1}`,
    }));
    const second = await create({ messages: [...question, message, ...results] });
    assert.equal(second.choices[0].message.content, 'The tool said: result 2');
    assert.equal(second.choices[0].finish_reason, 'stop');
  });

  test(`${dialect}: a streamed call comes in pieces that fit together`, async () => {
    const runner = gateway.client().chat.completions.stream({
      model,
      tools,
      messages: user('call the tools'),
    });
    const final = await runner.finalChatCompletion();
    const calls = final.choices[0].message.tool_calls;
    assert.deepEqual(
      calls.map((call) => call.function.name),
      ['get_weather', 'get_time'],
    );
    assert.deepEqual(JSON.parse(calls[0].function.arguments), { city: 'something', days: 2 });
    assert.equal(final.choices[0].finish_reason, 'tool_calls');
  });

  test(`${dialect}: images arrive`, async () => {
    const see = (...images) =>
      gateway.client().chat.completions.create({
        model,
        messages: user([
          { type: 'text', text: 'What is it?' },
          ...images.map((url) => ({ type: 'image_url', image_url: { url } })),
        ]),
      });
    assert.match((await see(pixel)).choices[0].message.content, /^I see 1 image\. /);
    assert.match((await see(pixel, pixel)).choices[0].message.content, /^I see 2 images\. /);
  });

  test(`${dialect}: a JSON schema is kept`, async () => {
    const answer = await gateway.client().chat.completions.create({
      model,
      messages: user('A person, please.'),
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'person',
          strict: true,
          schema: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              age: { type: 'integer' },
              tags: { type: 'array', items: { type: 'string' } },
            },
            required: ['name', 'age', 'tags'],
            additionalProperties: false,
          },
        },
      },
    });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), {
      name: 'something',
      age: 1,
      tags: ['something'],
    });
  });
}
