import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import OpenAI from 'openai';

import { Stage, documentOf, sleep, until, user } from './support.mjs';
import { chat, demand } from './load.mjs';
import { Listener } from './sse.mjs';

const stage = new Stage();
let dear;
let free;

before(async () => {
  // A token costs a tenth of a cent.
  dear = await stage.provider('dear', 'openai', { latency_ms: 5 });
  free = await stage.provider('free', 'openai', { latency_ms: 5 });
});
after(() => stage.close());

const dearConfig = (more) => dear.config({ price: { input: 1000, output: 1000 }, ...more });
const freeConfig = (more) => free.config({ price: { input: 0, output: 0 }, ...more });
const target = (provider) => ({ provider, model: 'demo-small' });
const hashed = (key) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const keyOf = (name, more = {}) => ({ hash: hashed(`gw-${name}`), ...more });
const dollars = (usd, period = 'month') => ({ usd, period });

/// What the journal says that these keys' requests cost, in nano-dollars.
const spentBy = (gateway, ...keys) =>
  gateway
    .records()
    .filter((record) => keys.includes(record.key))
    .reduce((sum, record) => sum + Number(record.cost_n), 0);

const ask = (gateway, name, model = 'dear/demo-small', more = {}) =>
  gateway
    .client({ apiKey: `gw-${name}` })
    .chat.completions.create({ model, messages: user('echo: a'), max_tokens: 10, ...more })
    .withResponse();

/// Asks until that is refused; how many were answered, and the official client's error.
async function spend(gateway, name, model) {
  for (let answered = 0; answered < 100; ++answered) {
    try {
      await ask(gateway, name, model);
    } catch (error) {
      if (error instanceof OpenAI.APIError) return { answered, error };
      throw error;
    }
  }
  throw new Error('a hundred requests were answered');
}

function assertSpent(error) {
  assert.ok(error instanceof OpenAI.RateLimitError, `${error}`);
  assert.equal(error.code, 'insufficient_quota');
  assert.equal(error.type, 'insufficient_quota');
  assert.equal(error.param, null);
}

/// Milliseconds until the calendar's month or day is over in UTC.
function untilNext(period, now = new Date()) {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return (period === 'month' ? Date.UTC(year, month + 1) : Date.UTC(year, month, day + 1)) - now;
}

function assertBackWith(period, headers) {
  const wait = Number(headers.get('retry-after-ms'));
  const expected = untilNext(period);
  // Two seconds are for clocks that differ; the answer took some of the time.
  assert.ok(wait > expected && wait < expected + 10_000, `${wait} ms instead of ${expected}`);
  assert.equal(headers.get('x-should-retry'), 'false');
}

test('a budget that is spent ends with insufficient_quota', async () => {
  const gateway = await stage.gateway(
    documentOf(
      { dear: dearConfig(), free: freeConfig() },
      { keys: { app: keyOf('app', { budget: dollars(0.1) }), other: keyOf('other') } },
    ),
  );
  const { answered, error } = await spend(gateway, 'app');
  assert.ok(answered > 1, `${answered} answered`);
  assertSpent(error);
  assertBackWith('month', error.headers);
  assert.match(error.message, /budget of this key is spent: of 0\.1 USD a month/);
  const spent = spentBy(gateway, 'app');
  assert.ok(spent > 50_000_000 && spent <= 100_000_000, `${spent} nano-dollars`);

  const id = error.headers.get('x-request-id');
  const trace = await (await gateway.admin(`/requests/${id}`)).json();
  assert.equal(trace.candidates[0].reason.code, 'budget_spent');
  assert.equal(trace.candidates[0].checks.budget.limit_n, '100000000');

  // What is free costs no budget, and one key's budget is no other's.
  assert.equal((await ask(gateway, 'app', 'free/demo-small')).response.status, 200);
  assert.equal((await ask(gateway, 'other')).response.status, 200);
});

test('a free candidate answers when the budget is spent', async () => {
  const gateway = await stage.gateway(
    documentOf(
      { dear: dearConfig(), free: freeConfig() },
      {
        routes: { both: { policy: 'priority', targets: [target('dear'), target('free')] } },
        keys: { app: keyOf('app', { budget: dollars(0.05) }) },
      },
    ),
  );
  const providers = [];
  for (let i = 0; i < 12; ++i) {
    const { response } = await ask(gateway, 'app', 'both');
    providers.push(response.headers.get('x-gateway-provider'));
  }
  assert.equal(providers[0], 'dear');
  assert.equal(providers.at(-1), 'free');
  assert.ok(spentBy(gateway, 'app') <= 50_000_000);
});

test("a team's keys share its budget", async () => {
  const gateway = await stage.gateway(
    documentOf(
      { dear: dearConfig() },
      {
        teams: { dev: { budget: dollars(0.1, 'day') } },
        keys: { a: keyOf('a', { team: 'dev' }), b: keyOf('b', { team: 'dev' }) },
      },
    ),
  );
  assert.ok((await spend(gateway, 'a')).answered > 1);
  const { answered, error } = await spend(gateway, 'b');
  assert.equal(answered, 0);
  assertSpent(error);
  assertBackWith('day', error.headers);
  assert.match(error.message, /budget of this key's team/);
  assert.ok(spentBy(gateway, 'a', 'b') <= 100_000_000);
});

test('a budget that is raised pays on, one that is lowered waits', async () => {
  const document = (usd) =>
    documentOf({ dear: dearConfig() }, { keys: { app: keyOf('app', { budget: dollars(usd) }) } });
  const gateway = await stage.gateway(document(0.05));
  assertSpent((await spend(gateway, 'app')).error);
  const change = async (usd, version) => {
    writeFileSync(gateway.config, JSON.stringify(document(usd)));
    gateway.running.child.kill('SIGHUP');
    await until('in force', async () => {
      const response = await gateway.fetch('/v1/chat/completions', { method: 'POST' });
      return response.headers.get('x-gateway-config') === version;
    });
  };
  await change(0.15, '2');
  assert.ok((await spend(gateway, 'app')).answered > 1);
  const spent = spentBy(gateway, 'app');
  assert.ok(spent > 50_000_000 && spent <= 150_000_000, `${spent} nano-dollars`);
  await change(0.1, '3');
  const { answered, error } = await spend(gateway, 'app');
  assert.equal(answered, 0);
  assertSpent(error);
  assertBackWith('month', error.headers);
});

test('a budget survives kill -9, an orderly stop and the loss of the permit book', async () => {
  const gateway = await stage.gateway(
    documentOf({ dear: dearConfig() }, { keys: { app: keyOf('app', { budget: dollars(0.1) }) } }),
  );
  await spend(gateway, 'app');
  const refused = async () => {
    const { answered, error } = await spend(gateway, 'app');
    assert.equal(answered, 0);
    assertSpent(error);
    assertBackWith('month', error.headers);
  };
  await gateway.stop('SIGKILL');
  await gateway.launch();
  await refused();
  await gateway.restart();
  await refused();
  // As after a crash of the machine, where shared memory is gone.
  await gateway.stop('SIGKILL');
  const shm = gateway.args[gateway.args.indexOf('--shm') + 1];
  for (const name of readdirSync(shm)) rmSync(path.join(shm, name));
  await gateway.launch();
  await refused();
});

test('killed under load again and again, no budget is overspent', async (t) => {
  const usd = 2;
  const gateway = await stage.gateway(
    documentOf({ dear: dearConfig() }, { keys: { app: keyOf('app', { budget: dollars(usd) }) } }),
  );
  const before = (await dear.status()).requests;
  let spent = 0;
  const load = demand({
    gateway,
    perSecond: 60,
    headers: { authorization: 'Bearer gw-app' },
    bodyOf: (i) => chat('dear/demo-small', 'count to 6', { stream: i % 2 === 0, max_tokens: 20 }),
    onAnswer: ({ status, text }) => {
      if (status === 429 && text.includes('insufficient_quota')) ++spent;
    },
  });
  for (let round = 0; round < 12 && spent < 50; ++round) {
    await sleep(200 + ((round * 137) % 300));
    await gateway.stop('SIGKILL');
    await gateway.launch();
  }
  await until('spent', () => spent >= 50, 20_000);
  await load.stop();
  const cost = spentBy(gateway, 'app');
  // What a kill took the answer of is in no record, but the provider has counted it.
  const asked = (await dear.status()).requests - before;
  t.diagnostic(`${asked} requests upstream, ${cost / 1e9} of ${usd} dollars recorded`);
  assert.ok(cost > 0 && cost <= usd * 1e9, `${cost} nano-dollars`);
  const smallest = Math.min(
    ...gateway
      .records()
      .map((record) => Number(record.cost_n))
      .filter((n) => n > 0),
  );
  assert.ok(asked * smallest <= usd * 1e9, `${asked} requests of ${smallest} or more`);
});

test('what is spent of budgets is listed, and told as it changes', async () => {
  const gateway = await stage.gateway(
    documentOf(
      { dear: dearConfig() },
      {
        teams: { crew: { budget: dollars(5, 'day') } },
        keys: { app: keyOf('app', { team: 'crew', budget: dollars(1) }) },
      },
    ),
  );
  const stream = await Listener.open(gateway);
  await stream.next('snapshot');
  assert.equal((await ask(gateway, 'app')).response.status, 200);
  await until('the record', () => spentBy(gateway, 'app') > 0);
  const spent = String(spentBy(gateway, 'app'));
  await stream.next('budget', ({ id, spent_n: sum }) => id === 'key/app' && sum === spent);
  const { items, count } = await (await gateway.admin('/budgets')).json();
  assert.equal(count.value, 2);
  const [key, team] = items;
  assert.deepEqual([key.id, key.within, key.period], ['key/app', 'team/crew', 'month']);
  assert.deepEqual([team.id, team.within, team.period], ['team/crew', null, 'day']);
  assert.deepEqual([key.amount_n, team.amount_n], ['1000000000', '5000000000']);
  assert.deepEqual([key.spent_n, team.spent_n], [spent, spent]);
  assert.ok(BigInt(team.forecast_n) >= BigInt(spent));
  const [month, day] = [key, team].map(({ resets_at: at }) => at - Date.now());
  assert.ok(Math.abs(month - untilNext('month')) < 10_000, `${month} ms`);
  assert.ok(Math.abs(day - untilNext('day')) < 10_000, `${day} ms`);
  await stream.leave();
});

test('a client that leaves does not get its answers outside the budget', async () => {
  const slow = await stage.provider('slow', 'openai', { latency_ms: 60_000 });
  const gateway = await stage.gateway(
    documentOf(
      { slow: slow.config({ price: { input: 1000, output: 1000 } }) },
      { keys: { app: keyOf('app', { budget: dollars(0.1) }) } },
    ),
  );
  for (let i = 0; i < 20; ++i) {
    const controller = new AbortController();
    const before = (await slow.status()).requests;
    const answer = gateway
      .client({ apiKey: 'gw-app' })
      .chat.completions.create(
        { model: 'slow/demo-small', messages: user('echo: a'), max_tokens: 10 },
        { signal: controller.signal },
      );
    const ended = answer.then(
      () => assert.fail('answered'),
      (error) => error,
    );
    const refused = await Promise.race([
      ended,
      until('upstream', async () => (await slow.status()).requests > before),
    ]);
    if (refused) {
      assertSpent(refused);
      assert.ok(i > 1, `${i} requests`);
      return;
    }
    const recorded = gateway.records().length;
    controller.abort();
    await ended;
    await until('recorded', () => gateway.records().length > recorded);
  }
  assert.fail('twenty requests left, and the budget is still not spent');
});

test('a route pays so much a day and is free after that', async () => {
  const window = { windows: [{ unit: 'requests', limit: 3, window: '1h' }] };
  const gateway = await stage.gateway(
    documentOf(
      { dear: dearConfig(), free: freeConfig({ limits: window }) },
      {
        routes: {
          daily: {
            policy: 'priority',
            paid: { usd_per_day: 0.05 },
            targets: [target('dear'), target('free')],
          },
          other: { targets: [target('dear')] },
        },
      },
    ),
  );
  const asked = async (model) => {
    const response = await gateway.post('/v1/chat/completions', chat(model, 'echo: a'));
    return { response, body: await response.json() };
  };
  const answers = [];
  for (;;) {
    const { response, body } = await asked('daily');
    if (response.status === 200) {
      answers.push({
        provider: response.headers.get('x-gateway-provider'),
        id: response.headers.get('x-request-id'),
      });
      assert.ok(answers.length < 50, 'it ends');
      continue;
    }
    // Free permits are back in an hour, the money at midnight.
    assert.equal(response.status, 429);
    assert.equal(body.error.code, 'provider_quota_exhausted');
    assert.match(body.error.message, /may pay a day is spent/);
    const wait = Number(response.headers.get('retry-after-ms'));
    assert.ok(wait > 0 && wait <= Math.min(3_650_000, untilNext('day') + 3000), `${wait} ms`);
    break;
  }
  const providers = answers.map(({ provider }) => provider);
  const paid = providers.filter((name) => name === 'dear').length;
  assert.ok(paid > 0);
  assert.deepEqual(providers.slice(paid), ['free', 'free', 'free']);
  const spent = gateway.records().reduce((sum, record) => sum + Number(record.cost_n), 0);
  assert.ok(spent <= 50_000_000, `${spent} nano-dollars`);

  const trace = await (await gateway.admin(`/requests/${answers.at(-1).id}`)).json();
  const [first] = trace.candidates;
  assert.equal(first.provider, 'dear');
  assert.equal(first.verdict, 'skipped');
  assert.equal(first.reason.code, 'paid_spent');
  assert.equal((await asked('other')).response.status, 200, 'another route has its own money');

  await gateway.stop('SIGKILL');
  await gateway.launch();
  assert.equal((await asked('daily')).response.status, 429);
});

test('a model of unknown price is paid by no budget', async () => {
  const unknown = dear.config();
  for (const model of Object.values(unknown.models)) delete model.price;
  const gateway = await stage.gateway(
    documentOf({ unknown }, { keys: { app: keyOf('app', { budget: dollars(1) }) } }),
  );
  const { answered, error } = await spend(gateway, 'app', 'unknown/demo-small');
  assert.equal(answered, 0);
  assert.ok(error instanceof OpenAI.PermissionDeniedError, `${error}`);
  assert.equal(error.code, 'not_allowed');
  assert.equal(error.param, 'model');
});

test('a limited key is told of its limits, another one is not', async () => {
  const gateway = await stage.gateway(
    documentOf(
      { free: freeConfig() },
      {
        teams: { dev: { limits: { rpm: 5, tpm: 1000 } } },
        keys: { app: keyOf('app', { team: 'dev', limits: { rpm: 2 } }), other: keyOf('other') },
      },
    ),
  );
  const shown = ({ headers }) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-ratelimit-')));
  const model = 'free/demo-small';
  const first = shown((await ask(gateway, 'app', model)).response);
  assert.equal(first['x-ratelimit-limit-requests'], '2', 'the tighter one of key and team');
  assert.equal(first['x-ratelimit-remaining-requests'], '1');
  assert.match(first['x-ratelimit-reset-requests'], /^1m\ds$/);
  assert.equal(first['x-ratelimit-limit-tokens'], '1000');
  const left = Number(first['x-ratelimit-remaining-tokens']);
  assert.ok(left > 900 && left < 1000, `${left}`);
  assert.match(first['x-ratelimit-reset-tokens'], /^1m\ds$/);

  const streamed = await ask(gateway, 'app', model, { stream: true });
  assert.equal(streamed.response.headers.get('x-ratelimit-remaining-requests'), '0');
  for await (const chunk of streamed.data) assert.ok(chunk);

  const { answered, error } = await spend(gateway, 'app', model);
  assert.equal(answered, 0);
  assert.equal(error.code, 'rate_limit_exceeded');
  assert.equal(error.headers.get('x-ratelimit-remaining-requests'), '0');

  assert.deepEqual(shown((await ask(gateway, 'other', model)).response), {});
});
