import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Stage, documentOf } from './support.mjs';

const stage = new Stage();
let gateway;

before(async () => {
  const all = await stage.providers();
  const { openai, azure, mistral, gemini, cohere, ollama, bedrock, anthropic } = all;
  const models = ['demo-small', 'demo-embed'];
  gateway = await stage.gateway(
    documentOf({
      openai: openai.config({ models }),
      azure: azure.config({ models }),
      mistral: mistral.config({ models }),
      gemini: gemini.config({ models }),
      cohere: cohere.config({ models }),
      ollama: ollama.config({ models }),
      bedrock: bedrock.config({ models }),
      anthropic: anthropic.config(),
    }),
  );
});
after(() => stage.close());

const embedders = ['openai', 'azure', 'mistral', 'gemini', 'cohere', 'ollama', 'bedrock'];

for (const provider of embedders) {
  const model = `${provider}/demo-embed`;

  test(`${provider}: texts become vectors, in order`, async () => {
    const answer = await gateway
      .client()
      .embeddings.create({ model, input: ['a cat', 'a dog'], dimensions: 8 });
    assert.equal(answer.object, 'list');
    assert.deepEqual(
      answer.data.map((one) => one.index),
      [0, 1],
    );
    for (const { embedding } of answer.data) {
      assert.equal(embedding.length, 8);
      const length = Math.sqrt(embedding.reduce((sum, value) => sum + value * value, 0));
      assert.ok(Math.abs(length - 1) < 1e-5, `length ${length}`);
    }
    assert.notDeepEqual(answer.data[0].embedding, answer.data[1].embedding);
    assert.ok(answer.usage.prompt_tokens > 0);
  });

  test(`${provider}: numbers come where numbers are wished`, async () => {
    const response = await gateway.post('/v1/embeddings', {
      model,
      input: 'a cat',
      dimensions: 4,
      encoding_format: 'float',
    });
    assert.equal(response.status, 200);
    const body = await response.json();
    assert.equal(body.data[0].embedding.length, 4);
    assert.equal(typeof body.data[0].embedding[0], 'number');
  });
}

test('the same text has the same vector, whoever makes it', async () => {
  const [one, ...others] = await Promise.all(
    embedders.map((provider) =>
      gateway
        .client()
        .embeddings.create({ model: `${provider}/demo-embed`, input: 'a cat', dimensions: 16 }),
    ),
  );
  for (const other of others)
    one.data[0].embedding.forEach((value, i) =>
      assert.ok(Math.abs(value - other.data[0].embedding[i]) < 1e-6),
    );
});

test('an embedding is asked of no chat model', async () => {
  await assert.rejects(
    gateway.client().embeddings.create({ model: 'anthropic/demo-small', input: 'a' }),
    (error) => error.status >= 400 && error.status < 500,
  );
});
