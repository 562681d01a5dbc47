import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { editorOf, put } from './editor.mjs';
import { Stage, dialects, documentOf, upstreamName, user } from './support.mjs';

const stage = new Stage();
let providers;
let gateway;

before(async () => {
  providers = await stage.providers();
  const named = Object.fromEntries(dialects.map((dialect) => [dialect, providers[dialect]]));
  named['bedrock-bearer'] = providers.bedrock.config({ api_key: 'a-bearer-key' });
  named.deployed = providers.azure.config({ api_version: '2024-10-21' });
  gateway = await stage.gateway(documentOf(named));
});
after(() => stage.close());

for (const dialect of dialects) {
  const model = `${dialect}/demo-small`;

  test(`${dialect}: a chat is answered, metered and named`, async () => {
    const { data, response } = await gateway
      .client()
      .chat.completions.create({ model, messages: user('echo: good morning') })
      .withResponse();
    assert.equal(data.object, 'chat.completion');
    assert.equal(data.model, upstreamName(dialect, 'demo-small'));
    assert.equal(data.choices.length, 1);
    assert.equal(data.choices[0].message.role, 'assistant');
    assert.equal(data.choices[0].message.content, 'good morning');
    assert.equal(data.choices[0].finish_reason, 'stop');
    assert.equal(data.usage.prompt_tokens, 3);
    assert.equal(data.usage.completion_tokens, 2);
    assert.equal(data.usage.total_tokens, 5);
    const header = (name) => response.headers.get(name);
    assert.equal(header('content-type').split(';')[0], 'application/json');
    assert.equal(header('x-gateway-provider'), dialect);
    assert.equal(header('x-gateway-model'), 'demo-small');
    assert.equal(header('x-gateway-attempts'), '1');
    assert.equal(header('x-gateway-node'), 'node-1');
    assert.equal(header('x-gateway-config'), '1');
    // Three tokens at 1 $ and two at 2 $ per million.
    assert.equal(header('x-gateway-cost-usd'), '0.000007');
    assert.ok(Number(header('x-gateway-overhead-ms')) >= 0);
    assert.ok(header('x-request-id').length > 8);
  });

  test(`${dialect}: the whole conversation reaches the provider in order`, async () => {
    const answer = await gateway.client().chat.completions.create({
      model,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'One.' },
        { role: 'assistant', content: 'Two.' },
        { role: 'user', content: [{ type: 'text', text: 'describe the request' }] },
      ],
      max_completion_tokens: 500,
    });
    const seen = JSON.parse(answer.choices[0].message.content);
    assert.deepEqual(seen.turns, [
      { role: 'system', text: 'Be brief.' },
      { role: 'user', text: 'One.' },
      { role: 'assistant', text: 'Two.' },
      { role: 'user', text: 'describe the request' },
    ]);
    assert.equal(seen.max_tokens, 500);
    assert.equal(seen.stream, false);
  });

  test(`${dialect}: an answer cut at max_tokens says length`, async () => {
    const answer = await gateway
      .client()
      .chat.completions.create({ model, messages: user('count to 9'), max_tokens: 4 });
    assert.equal(answer.choices[0].message.content, '1 2 3 4');
    assert.equal(answer.choices[0].finish_reason, 'length');
    assert.equal(answer.usage.completion_tokens, 4);
  });

  test(`${dialect}: an answer ends at a stop sequence`, async () => {
    const answer = await gateway
      .client()
      .chat.completions.create({ model, messages: user('count to 9'), stop: [' 5'] });
    assert.equal(answer.choices[0].message.content, '1 2 3 4');
    assert.equal(answer.choices[0].finish_reason, 'stop');
  });

  test(`${dialect}: what is odd in a text survives the way there and back`, async () => {
    const text = 'quotes " and \\ and \u2028, tabs\tand\nlines, 😀 你好 \u0001';
    const answer = await gateway
      .client()
      .chat.completions.create({ model, messages: user(`echo: ${text}`) });
    assert.equal(answer.choices[0].message.content, text);
  });

  test(`${dialect}: the provider gets its own key, never the client's`, async () => {
    await gateway
      .client({ apiKey: 'sk-of-the-client', defaultHeaders: { 'x-private': 'of-the-client' } })
      .chat.completions.create({ model, messages: user('echo: a') });
    const seen = JSON.stringify(await providers[dialect].last());
    assert.ok(seen.includes(`key-of-demo-${dialect}`));
    assert.ok(!seen.includes('of-the-client'));
  });
}

test('bedrock: requests are signed, and the keys that sign stay at home', async () => {
  const ask = (provider) =>
    gateway.client().chat.completions.create({
      model: `${provider}/demo-small`,
      messages: user('echo: a'),
    });
  await ask('bedrock');
  const signed = await providers.bedrock.last();
  assert.equal(signed.path, '/model/us.anthropic.claude-haiku-4-5-demo-small-v1%3A0/converse');
  assert.match(
    signed.headers.authorization,
    /^AWS4-HMAC-SHA256 Credential=ASIA-key-of-demo-bedrock\/\d{8}\/eu-central-1\/bedrock\//,
  );
  assert.ok(!JSON.stringify(signed).includes('secret-of'));
  await ask('bedrock-bearer');
  const shown = await providers.bedrock.last();
  assert.equal(shown.headers.authorization, 'Bearer a-bearer-key');
  assert.equal(shown.headers['x-amz-date'], undefined);
});

test('bedrock: thoughts are shown, and go back with their signature', async () => {
  const ask = (messages) =>
    gateway.client().chat.completions.create({
      model: 'bedrock/demo-small',
      messages,
      reasoning_effort: 'low',
    });
  const question = user('echo: a');
  const { message } = (await ask(question)).choices[0];
  assert.ok(message.reasoning_content);
  await ask([...question, message, ...user('echo: b')]);
  const sent = JSON.parse((await providers.bedrock.last()).body);
  assert.deepEqual(sent.messages[1].content[0].reasoningContent.reasoningText, {
    text: message.reasoning_content,
    signature: 'demo-signature',
  });
});

test('bedrock: a wrong secret is the credentials\' fault, until an admin replaces it', async () => {
  const api_key = { access_key_id: 'AKIA-1', secret_access_key: 'not-its-secret-at-all' };
  const other = await stage.gateway(
    documentOf({ bedrock: providers.bedrock.config({ api_key }) }),
  );
  const ask = () =>
    other.client().chat.completions.create({ model: 'demo-small', messages: user('echo: a') });
  await assert.rejects(
    ask(),
    (error) => error.status === 502 && error.code === 'upstream_credentials',
  );
  const editor = editorOf(other);
  assert.ok(!(await editor.get()).text.includes('not-its-secret'));
  const where = '/providers/bedrock/api_key/secret_access_key';
  const right = { $secret: { value: 'secret-of-AKIA-1' } };
  const moved = put('/providers/bedrock/base_url', 'http://127.0.0.1:1');
  const refused = await editor.patch(1, [put(where, right), moved]);
  assert.equal(refused.status, 422);
  assert.deepEqual(
    refused.body.errors.map(({ path, code }) => [path, code]),
    [['/providers/bedrock/api_key/access_key_id', 'secret_origin']],
  );
  assert.equal((await editor.patch(1, [put(where, right)])).status, 200);
  assert.equal((await ask()).choices[0].message.content, 'a');
  assert.ok(!(await editor.get()).text.includes('secret-of'));
});

test('azure: with a version by its date the path names the deployment', async () => {
  const answer = await gateway
    .client()
    .chat.completions.create({ model: 'deployed/demo-large', messages: user('echo: a') });
  assert.equal(answer.choices[0].message.content, 'a');
  assert.equal(answer.model, 'demo-large');
  const { path, query } = await providers.azure.last();
  assert.equal(path, '/openai/deployments/demo-large/chat/completions');
  assert.equal(query, 'api-version=2024-10-21');
});

test('mistral: thoughts come where clients look for them', async () => {
  const ask = {
    model: 'mistral/demo-small',
    messages: user('echo: a'),
    reasoning_effort: 'high',
  };
  const thoughts = 'Let me think about this for a moment.';
  const { message } = (await gateway.client().chat.completions.create(ask)).choices[0];
  assert.deepEqual([message.reasoning_content, message.content], [thoughts, 'a']);
  const stream = await gateway.client().chat.completions.create({ ...ask, stream: true });
  let streamed = '';
  for await (const chunk of stream) streamed += chunk.choices[0]?.delta.reasoning_content ?? '';
  assert.equal(streamed, thoughts);
});

test('a sane x-request-id of the client is kept, an odd one is not', async () => {
  const ask = (id) =>
    gateway.post(
      '/v1/chat/completions',
      { model: 'openai/demo-small', messages: user('echo: a') },
      { 'x-request-id': id },
    );
  assert.equal((await ask('mine-1234')).headers.get('x-request-id'), 'mine-1234');
  const odd = await ask('x'.repeat(2000));
  assert.equal(odd.status, 200);
  assert.ok(odd.headers.get('x-request-id').length < 200);
});

test('paths without /v1 work too', async () => {
  const response = await gateway.post('/chat/completions', {
    model: 'openai/demo-small',
    messages: user('echo: a'),
  });
  assert.equal(response.status, 200);
});

test('a bare model name means every provider that offers it', async () => {
  const answer = await gateway
    .client()
    .chat.completions.create({ model: 'demo-small', messages: user('echo: any') });
  assert.equal(answer.choices[0].message.content, 'any');
});

test('auto means every chat model there is', async () => {
  const answer = await gateway
    .client()
    .chat.completions.create({ model: 'auto', messages: user('echo: any') });
  assert.equal(answer.choices[0].message.content, 'any');
});

test('parameters a provider cannot take are named, or refused if they matter', async () => {
  const { response } = await gateway
    .client()
    .chat.completions.create({ model: 'anthropic/demo-small', messages: user('echo: a'), seed: 7 })
    .withResponse();
  assert.match(response.headers.get('x-gateway-dropped'), /seed/);
  await assert.rejects(
    gateway
      .client()
      .chat.completions.create({ model: 'anthropic/demo-small', messages: user('a'), n: 2 }),
    (error) =>
      error.status === 400 && error.code === 'unsupported_parameter' && error.param === 'n',
  );
});

test('the models list holds bare names and provider/model', async () => {
  const ids = [];
  for await (const model of gateway.client().models.list()) ids.push(model.id);
  for (const id of ['demo-small', 'openai/demo-small', 'anthropic/demo-large', 'gemini/demo-large'])
    assert.ok(ids.includes(id), `${id} in ${ids}`);
  const one = await gateway.client().models.retrieve('anthropic/demo-small');
  assert.equal(one.id, 'anthropic/demo-small');
  assert.equal(one.object, 'model');
});
