import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Stage, documentOf, sleep, until, user } from './support.mjs';

const stage = new Stage();
let providers;
let gateway;

const target = (provider, weight) => ({ provider, model: 'demo-small', ...(weight && { weight }) });

before(async () => {
  providers = {
    free: await stage.provider('free', 'openai', { rpm: 3, window: 6, limit_kind: 'sliding' }),
    cheap: await stage.provider('cheap', 'openai', { latency_ms: 120 }),
    dear: await stage.provider('dear', 'anthropic', { latency_ms: 5 }),
    small: await stage.provider('small', 'gemini'),
  };
  const { free, cheap, dear, small } = providers;
  const price = { input: 1, output: 2 };
  const named = {
    free: free.config({
      price,
      free_tier: true,
      limits: { windows: [{ unit: 'requests', limit: 3, window: '6s' }] },
    }),
    cheap: cheap.config({ price }),
    dear: dear.config({ price: { input: 30, output: 60 } }),
    small: small.config({ price: { input: 0.1, output: 0.1 } }),
  };
  named.small.models['demo-small'].context_window = 60;
  const routes = {
    first: { policy: 'priority', targets: [target('dear'), target('cheap')] },
    saving: { policy: 'cheapest', targets: [target('dear'), target('cheap'), target('free')] },
    gratis: { policy: 'cheapest', paid: 'never', targets: [target('cheap'), target('free')] },
    patient: { paid: 'never', queue_ms: 9000, targets: [target('free')] },
    shared: { policy: 'weighted', targets: [target('cheap', 1), target('dear', 3)] },
    idle: { policy: 'least_busy', targets: [target('cheap'), target('dear')] },
    quick: { policy: 'fastest', targets: [target('cheap'), target('dear')] },
    fitting: { policy: 'cheapest', targets: [target('small'), target('cheap')] },
    tight: { policy: 'priority', targets: [target('cheap'), target('free')] },
  };
  gateway = await stage.gateway(documentOf(named, { routes }));
});
after(() => stage.close());

/// Who answered, and the whole response.
async function ask(model, more = {}, through = gateway, headers = {}) {
  const response = await through.post(
    '/v1/chat/completions',
    { model, messages: user('echo: a'), max_tokens: 16, ...more },
    headers,
  );
  const body = await response.json();
  return { response, body, provider: response.headers.get('x-gateway-provider') };
}

async function providersOf(model, count, more) {
  const counts = {};
  for (let i = 0; i < count; ++i) {
    const { provider } = await ask(model, more);
    counts[provider] = (counts[provider] ?? 0) + 1;
  }
  return counts;
}

/// Until every permit of the free provider is back.
const freeAgain = () =>
  until('free again', async () => (await providers.free.status()).windows[0].used === 0, 9000).then(
    // The gateway holds its permits a little longer than the provider does.
    () => sleep(1500),
  );

test('priority keeps to the order written', async () => {
  assert.deepEqual(await providersOf('first', 4), { dear: 4 });
});

test('cheapest takes the free tier while it lasts, then the lowest price', async () => {
  assert.deepEqual(await providersOf('saving', 6), { free: 3, cheap: 3 });
  assert.equal((await providers.free.status()).over, 0);
});

test('a route that may not pay says when the free tier is back', async () => {
  const { response, body } = await ask('gratis');
  assert.equal(response.status, 429);
  assert.equal(body.error.code, 'provider_quota_exhausted');
  const seconds = Number(response.headers.get('retry-after'));
  const milliseconds = Number(response.headers.get('retry-after-ms'));
  assert.ok(seconds >= 1 && seconds <= 8, `retry-after ${seconds}`);
  assert.ok(milliseconds > 0 && Math.ceil(milliseconds / 1000) === seconds, `${milliseconds} ms`);
});

test('what retry-after says is true', async () => {
  const { response } = await ask('gratis');
  await sleep(Number(response.headers.get('retry-after-ms')) + 50);
  const { provider } = await ask('gratis');
  assert.equal(provider, 'free');
});

test('after a 429 from one, retry-after is the time when the first of all frees', async () => {
  await freeAgain();
  await providersOf('free/demo-small', 3);
  await providers.cheap.order({ fail: '429', wait_ms: 50_000, count: 1 });
  const { response, body } = await ask('tight');
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('x-gateway-attempts'), '1');
  assert.match(body.error.message, /^cheap\/demo-small: .*; free\/demo-small: out of quota$/);
  const wait = Number(response.headers.get('retry-after-ms'));
  assert.ok(wait > 0 && wait <= 8000, `${wait} ms`);
  await sleep(wait + 50);
  await providers.cheap.order({ fail: '429', wait_ms: 50_000, count: 1 });
  assert.equal((await ask('tight')).provider, 'free');
});

test('what one has no word for is not sent to it, and is no attempt', async () => {
  const once = await stage.gateway(
    documentOf(
      { cheap: providers.cheap, dear: providers.dear },
      {
        settings: { max_attempts: 1 },
        routes: { able: { policy: 'priority', targets: [target('dear'), target('cheap')] } },
      },
    ),
  );
  const { requests } = await providers.dear.status();
  const { response, provider } = await ask('able', { logit_bias: { 50256: -100 } }, once);
  assert.equal(provider, 'cheap');
  assert.equal(response.headers.get('x-gateway-attempts'), '1');
  assert.equal((await providers.dear.status()).requests, requests);
  const found = await once.admin(`/requests/${response.headers.get('x-request-id')}`);
  const { candidates, attempts } = await found.json();
  assert.deepEqual(
    attempts.map((attempt) => attempt.provider),
    ['cheap'],
  );
  const passedOver = candidates.find((candidate) => candidate.provider === 'dear');
  assert.deepEqual(passedOver.reason, { code: 'lacks_parameter', text: "can't take: logit_bias" });
  const metrics = await (await once.fetch('/metrics')).text();
  assert.doesNotMatch(metrics, /attempts_total\{provider="dear"/);
});

test('a patient route waits for the first permit', async () => {
  await freeAgain();
  assert.deepEqual(await providersOf('patient', 3), { free: 3 });
  const began = Date.now();
  const { response } = await ask('patient');
  assert.equal(response.status, 200);
  assert.ok(Date.now() - began > 2000, `after ${Date.now() - began} ms`);
  assert.equal((await providers.free.status()).over, 0);
});

test('weights share requests out', async () => {
  assert.deepEqual(await providersOf('shared', 12), { cheap: 3, dear: 9 });
});

test('fastest goes where answers came soonest', async () => {
  // Both must have been measured.
  await ask('cheap/demo-small', { stream: false });
  await ask('dear/demo-small', { stream: false });
  const counts = await providersOf('quick', 10);
  assert.ok((counts.dear ?? 0) >= 8, JSON.stringify(counts));
});

test('least busy goes where nobody waits', async () => {
  await providers.dear.order({ fail: 'slow', wait_ms: 1500, count: 1 });
  const busy = ask('dear/demo-small');
  await until('under way', async () => (await providers.dear.status()).in_flight === 1);
  assert.deepEqual(await providersOf('idle', 3), { cheap: 3 });
  await busy;
});

test('a context window that is too small is passed over', async () => {
  assert.equal((await ask('fitting')).provider, 'small');
  const long = user('many words that fill a window '.repeat(20));
  assert.equal((await ask('fitting', { messages: long })).provider, 'cheap');
});

test("OpenRouter's preferences are kept, and not sent on", async () => {
  const model = 'demo-small';
  const preferring = async (provider) => (await ask(model, { provider })).provider;
  assert.equal(await preferring({ order: ['dear'] }), 'dear');
  assert.equal(await preferring({ only: ['cheap'] }), 'cheap');
  assert.equal(await preferring({ ignore: ['free', 'small', 'cheap'] }), 'dear');
  assert.equal((await providers.cheap.last()).body.includes('"only"'), false);
});

test('models are tried in the order given', async () => {
  const { dear } = providers;
  const models = ['dear/demo-small', 'cheap/demo-small'];
  assert.equal((await ask(models[0], { models })).provider, 'dear');
  assert.equal((await dear.last()).body.includes('"models"'), false);
  await dear.order({ fail: '500', count: 1 });
  const { provider, response } = await ask(models[0], { models });
  assert.equal(provider, 'cheap');
  assert.equal(response.headers.get('x-gateway-attempts'), '2');
});

test('no fallback means no other provider', async () => {
  await providers.dear.order({ fail: '500', count: 1 });
  const { response } = await ask('demo-small', {
    provider: { order: ['dear'], allow_fallbacks: false },
  });
  assert.equal(response.status, 502);
});

const hashed = (key) => `sha256:${createHash('sha256').update(key).digest('hex')}`;

test("a key's limits are kept", async () => {
  const limited = await stage.gateway(
    documentOf(
      { cheap: providers.cheap },
      {
        keys: {
          app: { hash: hashed('gw-app'), limits: { rpm: 2 } },
          other: { hash: hashed('gw-other') },
        },
      },
    ),
  );
  const as = (key) => ask('cheap/demo-small', {}, limited, { authorization: `Bearer ${key}` });
  assert.equal((await as('gw-app')).response.status, 200);
  assert.equal((await as('gw-app')).response.status, 200);
  const third = await as('gw-app');
  assert.equal(third.response.status, 429);
  assert.equal(third.body.error.code, 'rate_limit_exceeded');
  assert.ok(Number(third.response.headers.get('retry-after')) > 50);
  assert.equal((await as('gw-other')).response.status, 200);
});

test('a key opens only its routes', async () => {
  const limited = await stage.gateway(
    documentOf(
      { cheap: providers.cheap, dear: providers.dear },
      {
        routes: { mine: { targets: [target('cheap')] }, theirs: { targets: [target('dear')] } },
        keys: { app: { hash: hashed('gw-app'), routes: ['mine'] } },
      },
    ),
  );
  const headers = { authorization: 'Bearer gw-app' };
  assert.equal((await ask('mine', {}, limited, headers)).response.status, 200);
  const { status } = (await ask('theirs', {}, limited, headers)).response;
  assert.ok(status === 403 || status === 404, `${status}`);
  const list = await (await limited.fetch('/v1/models', { headers })).json();
  const ids = list.data.map((model) => model.id);
  assert.ok(ids.includes('mine') && !ids.includes('theirs'), `${ids}`);
});

test('a provider that asks for a pause gets it, and comes back', async () => {
  const { cheap, dear } = providers;
  const cooling = await stage.gateway(
    documentOf(
      { cheap, dear },
      {
        settings: { cooldown: true },
        routes: { both: { policy: 'priority', targets: [target('cheap'), target('dear')] } },
      },
    ),
  );
  const both = async () => (await ask('both', {}, cooling)).provider;
  assert.equal(await both(), 'cheap');
  await cheap.order({ fail: '429', wait_ms: 3000, count: 1 });
  assert.equal(await both(), 'dear');
  const { requests } = await cheap.status();
  const began = Date.now();
  while (Date.now() - began < 2500) assert.equal(await both(), 'dear');
  assert.equal((await cheap.status()).requests, requests, 'nobody asked during the pause');
  await until('back', async () => (await both()) === 'cheap', 6000);
});
