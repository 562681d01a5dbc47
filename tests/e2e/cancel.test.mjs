import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import OpenAI from 'openai';

import { Stage, dialects, documentOf, until, user } from './support.mjs';

const stage = new Stage();
let providers;
let gateway;

before(async () => {
  providers = await stage.providers({ tokens_per_second: 10 });
  gateway = await stage.gateway(documentOf(providers));
});
after(() => stage.close());

// Ten tokens a second of seven bytes each: an estimate by bytes is not far from their number.
const long = `echo: ${'extraordinary '.repeat(100)}`;

for (const dialect of dialects) {
  const model = `${dialect}/demo-small`;

  test(`${dialect}: leaving a stream cancels it upstream within a second`, async () => {
    const provider = providers[dialect];
    const { cancelled } = await provider.status();
    const { data: stream, response } = await gateway
      .client()
      .chat.completions.create({ model, messages: user(long), stream: true })
      .withResponse();
    let seen = 0;
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content && ++seen === 3) break;
    const left = Date.now();
    await until('cancelled', async () => (await provider.status()).cancelled === cancelled + 1);
    // The gateway's second, and half a second in which a simulated provider looks at its peers.
    assert.ok(Date.now() - left < 1600, `after ${Date.now() - left} ms`);
    const id = response.headers.get('x-request-id');
    await until('recorded', () => gateway.records().some((record) => record.id === id));
    const record = gateway.records().find((one) => one.id === id);
    assert.equal(record.outcome, 'cancelled');
    assert.ok(record.tokens_out >= 3 && record.tokens_out < 30, `${record.tokens_out} tokens`);
    // Gemini says with every event what was used so far; the others had not said it yet.
    if (dialect !== 'gemini') assert.equal(record.estimated, true);
  });

  test(`${dialect}: leaving before the answer cancels it too`, async () => {
    const provider = providers[dialect];
    const { cancelled, in_flight } = await provider.status();
    const controller = new AbortController();
    const answer = gateway
      .client()
      .chat.completions.create(
        { model, messages: user('count to 200') },
        { signal: controller.signal },
      );
    const rejected = assert.rejects(answer, OpenAI.APIUserAbortError);
    await until('under way', async () => (await provider.status()).in_flight === in_flight + 1);
    controller.abort();
    await rejected;
    await until(
      'cancelled',
      async () => (await provider.status()).cancelled === cancelled + 1,
      2000,
    );
  });
}
