// What was used, asked at any node of a cluster.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { linked, soon, startCluster, startNode } from './cluster_nodes.mjs';
import { Stage, documentOf, user } from './support.mjs';

const stage = new Stage();
let authority;
let config;

before(async () => {
  authority = new Authority(stage.folder());
  config = documentOf({ steady: await stage.provider('steady') });
});
after(() => stage.close());

const cluster = (count) => startCluster(stage, count, { signer: authority, config });
const ask = async (gateway, model = 'steady/demo-small') => {
  const body = { model, messages: user('echo: one two'), max_tokens: 16 };
  const response = await gateway.post('/v1/chat/completions', body);
  assert.equal(response.status, 200);
  await response.arrayBuffer();
  return response.headers.get('x-request-id');
};
const read = async (gateway, route) => {
  const response = await gateway.admin(route);
  assert.equal(response.status, 200);
  return response.json();
};
const requestsBy = async (gateway, query) => {
  const { items } = await read(gateway, `/usage?last=1h&${query}`);
  return Object.fromEntries(items.map((item) => [item.node ?? item.model, item.requests]));
};
const missing = (answer) => answer.scope.missing.map(({ node, reason }) => `${node} ${reason}`);

test('any node answers for all, up to this moment', async () => {
  const nodes = await cluster(3);
  for (const [i, gateway] of nodes.entries())
    for (let count = 0; count <= i; ++count) await ask(gateway);
  const expected = { 'gw-1': 1, 'gw-2': 2, 'gw-3': 3 };
  for (const gateway of nodes) {
    assert.deepEqual(await requestsBy(gateway, 'by=node'), expected);
    assert.deepEqual(await requestsBy(gateway, 'by=model'), { 'demo-small': 6 });
    assert.deepEqual(await requestsBy(gateway, 'by=node&node=gw-2,gw-3'), { 'gw-2': 2, 'gw-3': 3 });
    const chart = await read(gateway, '/series?metric=requests,ttft_ms&last=5m');
    assert.deepEqual(chart.scope.nodes, ['gw-1', 'gw-2', 'gw-3']);
    assert.deepEqual(chart.scope.missing, []);
    const [requests] = chart.series.filter((one) => one.metric === 'requests');
    assert.equal(
      requests.v.reduce((sum, value) => sum + (value ?? 0), 0),
      6,
    );
    const { items, total } = await read(gateway, '/breakdown?by=node&metric=requests&last=5m');
    assert.deepEqual(Object.fromEntries(items.map((one) => [one.key, one.requests])), expected);
    assert.equal(total.requests, 6);
  }
  // What was answered a moment ago is in, wherever it was.
  for (let count = 3; count < 8; ++count) {
    await ask(nodes[1]);
    assert.deepEqual(await requestsBy(nodes[0], 'by=node&node=gw-2'), { 'gw-2': count });
  }
});

test('the log of all nodes is one list, and each request is found at any', async () => {
  const nodes = await cluster(3);
  const ids = [];
  for (let round = 0; round < 4; ++round)
    for (const gateway of nodes.slice(0, 2)) ids.unshift(await ask(gateway));
  for (const gateway of nodes) {
    const first = await read(gateway, '/requests?last=1h&limit=3');
    assert.deepEqual(first.count, { value: 8, exact: true });
    assert.deepEqual(first.scope.missing, []);
    const seen = first.items.map((item) => item.id);
    for (let { next } = first; next !== null; ) {
      const page = await read(gateway, `/requests?last=1h&limit=3&cursor=${next}`);
      seen.push(...page.items.map((item) => item.id));
      ({ next } = page);
    }
    assert.deepEqual(seen, ids);
    const ranked = await read(gateway, '/requests?last=1h&limit=8&sort=-latency_ms');
    const times = ranked.items.map((item) => item.latency_ms);
    assert.deepEqual(times, times.toSorted((a, b) => b - a));
    const ofOne = await read(gateway, '/requests?last=1h&node=gw-2');
    assert.deepEqual([...new Set(ofOne.items.map((item) => item.node))], ['gw-2']);
    assert.equal(ofOne.count.value, 4);
    const { bins, count } = await read(gateway, '/requests/histogram?last=5m');
    assert.equal(
      bins.reduce((sum, bin) => sum + bin[0], 0),
      8,
    );
    assert.equal(count.value, 8);
    const found = await read(gateway, `/requests/${ids[0]}`);
    assert.equal(found.request.node, 'gw-2');
    assert.equal(found.candidates.length, 1);
    assert.equal((await gateway.admin('/requests/req_none')).status, 404);
  }
});

test('what happened at any node is one list', async () => {
  const nodes = await cluster(2);
  const all = await read(nodes[1], '/events?kind=node');
  assert.deepEqual(all.scope.nodes, ['gw-1', 'gw-2']);
  assert.deepEqual(
    all.items.map((event) => event.node),
    ['gw-2', 'gw-1'],
  );
  const first = await read(nodes[0], '/events?limit=1');
  const seen = [...first.items];
  for (let { next } = first; next !== null; ) {
    const page = await read(nodes[0], `/events?limit=1&cursor=${next}`);
    assert.equal(page.count.value, first.count.value);
    seen.push(...page.items);
    ({ next } = page);
  }
  assert.equal(new Set(seen.map((event) => event.id)).size, first.count.value);
  const own = await read(nodes[0], '/events?kind=node&node=gw-1');
  assert.deepEqual(
    own.items.map((event) => event.node),
    ['gw-1'],
  );
});

test('what a node counted is known when it is gone, and exact again when it is back', async () => {
  const nodes = await cluster(3);
  const [one, two, three] = nodes;
  for (let count = 0; count < 3; ++count) await ask(three);
  assert.deepEqual(await requestsBy(one, 'by=node'), { 'gw-3': 3 });
  await three.stop('SIGKILL');
  await linked(one, 'gw-2');
  const totals = await read(one, '/usage?last=1h&by=node');
  assert.deepEqual(missing(totals), ['gw-3 unreachable']);
  assert.deepEqual(await requestsBy(one, 'by=node'), { 'gw-3': 3 });
  // Another one that was started again knows it too, from before or from the first.
  await two.restart();
  await linked(two, 'gw-1');
  await soon('it is known there too', async () => {
    const seen = await requestsBy(two, 'by=node');
    return seen['gw-3'] === 3;
  });
  assert.deepEqual(missing(await read(one, '/requests?last=1h')), ['gw-3 unreachable']);
  await three.launch();
  await linked(one, 'gw-2', 'gw-3');
  await ask(three);
  for (const gateway of [one, two, three])
    await soon('all is known', async () => {
      const answer = await read(gateway, '/usage?last=1h&by=node');
      return missing(answer).length === 0 && answer.items[0]?.requests === 4;
    });
});

test('a node that comes later learns what was counted before it, by all', async () => {
  const [one, two] = await cluster(2);
  for (let count = 0; count < 2; ++count) await ask(two);
  assert.deepEqual(await requestsBy(one, 'by=node'), { 'gw-2': 2 });
  await two.stop('SIGKILL');
  const three = await startNode(stage, 'gw-3', { join: [one], signer: authority, config });
  await linked(three, 'gw-1');
  await soon('it knows of the one that is gone', async () => {
    const seen = await requestsBy(three, 'by=node');
    return seen['gw-2'] === 2;
  });
});

test('a node that stands still delays no answer for long', async () => {
  const [one, two] = await cluster(2);
  await ask(two);
  assert.deepEqual(await requestsBy(one, 'by=node'), { 'gw-2': 1 });
  two.running.child.kill('SIGSTOP');
  const answer = await read(one, '/usage?last=1h&by=node');
  assert.deepEqual(
    answer.items.map((item) => item.requests),
    [1],
  );
  assert.deepEqual(
    answer.scope.missing.map((other) => other.node),
    ['gw-2'],
  );
  two.running.child.kill('SIGCONT');
  await soon('it is heard again', async () => missing(await read(one, '/usage')).length === 0);
});

test('what a node counted counts once, though it comes back as another member', async () => {
  const [one, two] = await cluster(2);
  for (let count = 0; count < 3; ++count) await soon('answered', () => ask(two).then(() => true));
  assert.deepEqual(await requestsBy(one, 'by=node'), { 'gw-2': 3 });
  await two.stop();
  two.args.push('--leave-on-stop');
  await two.launch();
  await linked(one, 'gw-2');
  await soon('ready', async () => (await two.fetch('/readyz')).ok);
  await two.stop();
  two.args.pop();
  await two.launch();
  await linked(one, 'gw-2');
  await ask(one);
  for (const gateway of [one, two])
    await soon('all is known, once', async () => {
      const seen = await requestsBy(gateway, 'by=node');
      return seen['gw-1'] === 1 && seen['gw-2'] === 3;
    });
});
