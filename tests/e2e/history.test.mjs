// What the node remembers: charts, breakdowns, the request log and its histogram.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Stage, documentOf, until, user } from './support.mjs';

const stage = new Stage();
let cheap;
let dear;
let gateway;
const began = Date.now();

before(async () => {
  cheap = await stage.provider('cheap', 'openai');
  dear = await stage.provider('dear', 'anthropic');
  const slow = await stage.provider('slow', 'openai', { latency_ms: 1_500 });
  gateway = await stage.gateway(
    documentOf(
      {
        slow: slow.config({ price: { input: 0, output: 0 } }),
        cheap: cheap.config({ price: { input: 1, output: 1 } }),
        dear: dear.config({ price: { input: 100, output: 100 } }),
      },
      {
        routes: {
          both: {
            policy: 'priority',
            targets: [
              { provider: 'cheap', model: 'demo-small' },
              { provider: 'dear', model: 'demo-large' },
            ],
          },
        },
      },
    ),
  );
});
after(() => stage.close());

let asked = 0;
async function ask(model, more = {}) {
  const id = `history-${process.pid}-${++asked}`;
  const body = { model, messages: user('count to 5'), ...more };
  const response = await gateway.post('/v1/chat/completions', body, { 'x-request-id': id });
  await response.text();
  return { id, status: response.status };
}

async function admin(route) {
  const response = await gateway.admin(route);
  return { status: response.status, body: await response.json() };
}
async function get(route) {
  const { status, body } = await admin(route);
  assert.equal(status, 200, `${route}: ${JSON.stringify(body)}`);
  return body;
}

const sum = (values) => values.reduce((total, value) => total + Number(value ?? 0), 0);

/// Waits until the totals have all requests sent so far.
const counted = () =>
  until('the totals have come', async () => {
    const { series } = await get('/series?last=1h');
    return sum(series[0].v) === asked;
  });

test('a node that was asked nothing knows nothing', async () => {
  const chart = await get('/series?last=15m');
  assert.equal(chart.step_ms, 10_000);
  assert.equal(chart.series.length, 1);
  assert.ok(chart.series[0].v.every((value) => value === null));
  const { items, total } = await get('/breakdown?by=provider');
  assert.deepEqual(items, []);
  assert.equal(total.requests, 0);
});

test('a chart tells requests, tokens and money apart by provider', async () => {
  for (let i = 0; i < 3; ++i) await ask('cheap/demo-small');
  for (let i = 0; i < 2; ++i) await ask('dear/demo-large', { stream: true });
  await counted();
  const chart = await get('/series?metric=requests,tokens_out,cost_n&by=provider&last=15m');
  assert.ok(chart.from <= began && chart.to >= Date.now() - 60_000);
  assert.deepEqual(
    chart.series.map(({ metric, key, other, v }) => [metric, key.provider, other, sum(v)]),
    [
      ['requests', 'cheap', false, 3],
      ['requests', 'dear', false, 2],
      ['tokens_out', 'cheap', false, 15],
      ['tokens_out', 'dear', false, 10],
      // 3 and 5 tokens at 1 $ and 100 $ per million.
      ['cost_n', 'cheap', false, 3 * 8 * 1_000],
      ['cost_n', 'dear', false, 2 * 8 * 100_000],
    ],
  );
  const cost = await get('/series?metric=cost_n&by=provider&top=1');
  assert.deepEqual(
    cost.series.map(({ key, other }) => [key.provider, other]),
    [
      ['dear', false],
      [undefined, true],
    ],
  );
  assert.equal(typeof cost.series[0].v.at(-1), 'string');
});

test('nothing is told of what was before, nor of what will be', async () => {
  const now = Date.now();
  const chart = await get(`/series?from=${now - 600_000}&to=${now + 600_000}`);
  const { v } = chart.series[0];
  const stepOf = (at) => Math.floor((at - chart.from) / chart.step_ms);
  assert.equal(v[stepOf(began - 60_000)], null);
  assert.equal(v[stepOf(now + 60_000)], null);
  assert.equal(typeof v[stepOf(now)], 'number');
});

test('speeds are quantiles, whatever is told apart', async () => {
  const { series } = await get('/series?metric=ttft_ms,latency_ms&by=model');
  assert.equal(series.length, 2 * 2 * 3);
  for (const { quantile, v } of series) {
    assert.match(quantile, /^p(50|95|99)$/);
    const known = v.filter((value) => value !== null);
    assert.ok(known.length > 0 && known.every((value) => value > 0 && value < 60_000));
  }
  const byNode = await get('/series?metric=ttft_ms&by=node');
  assert.equal(byNode.series.length, 3);
  const { items } = await get('/breakdown?by=node');
  assert.ok(items.length === 1 && items[0].ttft_ms.p50 > 0 && items[0].ttft_ms.p95 > 0);
  for (const by of ['key', 'route', 'team']) {
    const apart = await get(`/series?metric=requests,latency_ms&by=${by}&last=15m`);
    assert.equal(apart.step_ms, 60_000, by); // in minutes, not in ten seconds
    const [requests, ...latencies] = apart.series.filter(({ key }) => key[by] !== undefined);
    assert.equal(requests.metric, 'requests');
    const p50 = latencies.find(
      ({ quantile, key }) => quantile === 'p50' && key[by] === requests.key[by],
    );
    requests.v.forEach((count, step) => assert.equal(p50.v[step] !== null, count > 0, by));
    const [item] = (await get(`/breakdown?by=${by}`)).items;
    assert.ok(item.ttft_ms.p50 > 0 && item.latency_ms.p95 >= item.ttft_ms.p50, by);
  }
});

test('how requests ended is told apart', async () => {
  await cheap.order({ fail: '500', count: 1 });
  await ask('both');
  assert.equal((await ask('no-such-model')).status, 404);
  await counted();
  const { series } = await get('/series?by=status&metric=requests');
  const sums = Object.fromEntries(series.map(({ key, v }) => [key.status, sum(v)]));
  assert.equal(sums.first_try, 5);
  assert.equal(sums.failover, 1);
  assert.equal(sum(Object.values(sums)), asked);
  const spent = await get('/series?by=status&metric=cost_n,ttft_ms');
  const ofFailovers = ({ metric, key }) => key.status === 'failover' && metric === 'cost_n';
  assert.equal(sum(spent.series.find(ofFailovers).v), 8 * 100_000);
  const { items } = await get('/breakdown?by=status');
  assert.equal(items.find(({ key }) => key === 'failover').requests, 1);
});

test('the last minutes are told by the second, and what was in flight in them', async () => {
  const sent = Date.now();
  await ask('slow/demo-small');
  const took = (Date.now() - sent) / 1_000;
  await counted();
  const chart = await get('/series?metric=inflight&last=1m');
  assert.equal(chart.step_ms, 1_000);
  const [{ v }] = chart.series;
  const slots = (sent - chart.from) / 1_000;
  const busy = v.slice(Math.floor(slots));
  assert.ok(busy.length >= 2 && busy[1] > 0.4, `${busy}`);
  assert.ok(sum(busy) > 1.4 && sum(busy) < took + 1, `${sum(busy)} in ${took} s`);
});

test('how long requests waited for quota is told of those that had to', async () => {
  const { series } = await get('/series?metric=queue_ms');
  assert.deepEqual(
    series.map(({ quantile }) => quantile),
    ['p50', 'p95', 'p99'],
  );
  assert.ok(series.every(({ v }) => v.every((value) => value === null)));
});

test('a breakdown agrees with the chart of the same range', async () => {
  const { items, other, total } = await get('/breakdown?by=model&metric=cost_n&limit=1');
  assert.equal(items.length, 1);
  assert.equal(items[0].key, 'demo-large');
  assert.equal(items[0].requests, 3);
  assert.ok(items[0].ttft_ms.p50 > 0 && items[0].ttft_ms.p95 >= items[0].ttft_ms.p50);
  assert.equal(Number(items[0].cost_n) + Number(other.cost_n), Number(total.cost_n));
  const chart = await get('/series?metric=requests,cost_n');
  assert.equal(sum(chart.series[0].v), total.requests);
  assert.equal(sum(chart.series[1].v), Number(total.cost_n));
});

test('only the nodes that are asked for are told of', async () => {
  const mine = await get('/breakdown?by=node&node=node-1,node-2');
  assert.deepEqual(mine.scope.nodes, ['node-1']);
  assert.equal(mine.total.requests, asked);
  for (const route of ['/usage?last=1h', '/events?limit=1'])
    for (const [node, has] of [
      ['node-1', true],
      ['node-2', false],
    ]) {
      const { scope, items } = await get(`${route}&node=${node}`);
      assert.deepEqual([scope.nodes, items.length > 0], [has ? [node] : [], has], route);
    }
  const others = await get('/breakdown?by=node&node=node-2');
  assert.deepEqual(others.scope.nodes, []);
  assert.equal(others.total.requests, 0);
});

test('a version of the document is a note on the chart', async () => {
  const { notes } = await get('/series');
  const version = notes.find(({ kind }) => kind === 'config');
  assert.equal(version.ref, '1');
  assert.ok(Math.abs(version.t - began) < 60_000);
});

for (const [route, param] of [
  ['/series?metric=nonsense', 'metric'],
  ['/series?by=client', 'by'],
  ['/series?top=51', 'top'],
  ['/series?last=1', 'last'],
  ['/series?from=2&to=1', 'to'],
  ['/series?from=1&to=1', 'from'],
  ['/breakdown', 'by'],
  ['/breakdown?by=client', 'by'],
  ['/breakdown?by=key&metric=inflight', 'metric'],
  ['/breakdown?by=key&metric=ttft_ms', 'metric'],
  ['/breakdown?by=key&limit=501', 'limit'],
])
  test(`${route} is refused and says why`, async () => {
    const { status, body } = await admin(route);
    assert.equal(status, 400);
    assert.equal(body.param, param);
    assert.ok(body.detail.length > 10);
  });

/// All pages of a list, one after the other.
async function pages(route, limit) {
  const items = [];
  const separator = route.includes('?') ? '&' : '?';
  for (let next = ''; next !== null; ) {
    const cursor = next && `&cursor=${encodeURIComponent(next)}`;
    const page = await get(`${route}${separator}limit=${limit}${cursor}`);
    assert.ok(page.items.length <= limit);
    items.push(...page.items);
    next = page.next;
  }
  return items;
}

test('the list has every request once, newest first, with all that a row shows', async () => {
  const whole = await get('/requests?limit=500');
  assert.equal(whole.count.value, asked);
  assert.equal(whole.count.exact, true);
  assert.equal(whole.next, null);
  const expected = gateway
    .records()
    .map(({ id }) => id)
    .reverse();
  assert.deepEqual(
    whole.items.map(({ id }) => id),
    expected,
  );
  assert.deepEqual(await pages('/requests', 2), whole.items);
  assert.deepEqual(await pages('/requests?sort=t', 3), whole.items.toReversed());
  const row = whole.items.find(({ outcome }) => outcome === 'failover');
  assert.equal(row.provider, 'dear');
  assert.equal(row.first_provider, 'cheap');
  assert.equal(row.route, 'both');
  assert.equal(row.attempts, 2);
  assert.equal(row.cost_n, String(8 * 100_000));
  assert.match(row.request_id, /^history-/);
});

test('pages stay where they are while requests come', async () => {
  const first = await get('/requests?limit=3');
  for (let i = 0; i < 4; ++i) await ask('cheap/demo-small');
  const second = await get(`/requests?limit=500&cursor=${first.next}`);
  const before = [...first.items, ...second.items].map(({ id }) => id);
  assert.equal(before.length, asked - 4);
  assert.equal(new Set(before).size, before.length);
  assert.deepEqual(second.count, first.count);
  assert.equal((await get('/requests')).count.value, asked);
});

const filtersOf = (...filters) => filters.map((f) => `f=${encodeURIComponent(f)}`).join('&');

test('filters hold all together, and the histogram agrees', async () => {
  const { items } = await get('/requests?limit=500');
  for (const [filters, holds] of [
    [['provider:eq:dear'], ({ provider }) => provider === 'dear'],
    [['stream:eq:true'], ({ stream }) => stream],
    [['status:in:failover,failed,refused'], ({ outcome }) => outcome !== 'first_try'],
    [['status:ge:400'], ({ status }) => status >= 400],
    [
      ['model:ne:demo-large', 'tokens_out:gt:0'],
      ({ model, tokens_out: out }) => model !== 'demo-large' && out > 0,
    ],
    [['latency_ms:gt:100000'], () => false],
    [['key:eq:'], ({ key }) => key === null],
  ]) {
    const query = filtersOf(...filters);
    const expected = items.filter(holds);
    const found = await get(`/requests?limit=500&${query}`);
    assert.deepEqual(found.items, expected, query);
    assert.deepEqual(found.count, { value: expected.length, exact: true });
    const { bins, count } = await get(`/requests/histogram?${query}`);
    assert.deepEqual(count, found.count);
    assert.equal(sum(bins.flat()), expected.length, query);
  }
});

test('a histogram tells first tries, failovers and failures apart', async () => {
  const { items } = await get('/requests?limit=500');
  const { bins, t0, step_ms: step } = await get('/requests/histogram?last=30m');
  assert.equal(step, 10_000);
  assert.ok(t0 <= Date.now() - 1_790_000 && bins.length >= 180);
  const of = (...outcomes) => items.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const failed = of('failed', 'cut', 'refused', 'cancelled');
  assert.deepEqual(
    [0, 1, 2].map((series) => sum(bins.map((bin) => bin[series]))),
    [of('first_try'), of('failover'), failed],
  );
});

test('a text is part of an id, of the client’s own, or of the model asked for', async () => {
  const { items } = await get('/requests?limit=500');
  const found = async (text) =>
    (await get(`/requests?limit=500&q=${encodeURIComponent(text)}`)).items.map(({ id }) => id);
  const newest = items[0];
  assert.deepEqual(await found(newest.id.slice(8)), [newest.id]);
  assert.deepEqual(await found(newest.request_id.toUpperCase()), [newest.id]);
  assert.equal((await found('such-MODEL')).length, 1);
  assert.deepEqual(await found('nothing of that kind'), []);
});

test('a range and a node narrow the list', async () => {
  const { items } = await get('/requests?limit=500');
  const ends = items.map(({ t, latency_ms: took }) => t + Math.floor(took));
  const middle = ends[3];
  const later = await get(`/requests?from=${middle}&limit=500`);
  assert.equal(later.items.length, ends.filter((end) => end >= middle).length);
  const earlier = await get(`/requests?to=${middle}&limit=500`);
  assert.equal(earlier.items.length + later.items.length, items.length);
  assert.equal((await get('/requests?node=node-1')).count.value, asked);
  const others = await get('/requests?node=node-2,node-3');
  assert.equal(others.count.value, 0);
  assert.deepEqual(others.scope.nodes, []);
});

test('a restart keeps the list, and pages go on', async () => {
  const before = await get('/requests?limit=5');
  await gateway.restart();
  const after = await get('/requests?limit=5');
  assert.deepEqual(after.items, before.items);
  assert.equal(after.next, before.next);
  const rest = await get(`/requests?limit=500&cursor=${before.next}`);
  assert.equal(rest.items.length, asked - 5);
});

for (const [route, param] of [
  ['/requests?limit=0', 'limit'],
  ['/requests?limit=501', 'limit'],
  ['/requests?cursor=yesterday', 'cursor'],
  ['/requests?sort=model', 'sort'],
  ['/requests?f=provider', 'f'],
  ['/requests?f=client:eq:10.0.0.1', 'f'],
  [`/requests?q=${'x'.repeat(129)}`, 'q'],
  ['/requests?last=11y', 'last'],
  ['/requests/histogram?f=cost_n:gt:much', 'f'],
  ['/requests/histogram?from=1&to=1', 'from'],
])
  test(`${route.slice(0, 40)} is refused and says why`, async () => {
    const { status, body } = await admin(route);
    assert.equal(status, 400);
    assert.equal(body.param, param);
  });

test('charts and lists need an admin', async () => {
  for (const route of ['series', 'breakdown?by=key', 'requests', 'requests/histogram'])
    assert.equal((await gateway.fetch(`/admin/v1/${route}`)).status, 401);
});
