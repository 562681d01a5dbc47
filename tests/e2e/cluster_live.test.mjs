// The moment as pages show it: any node shows the whole cluster.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { linked, soon, startCluster } from './cluster_nodes.mjs';
import { Listener } from './sse.mjs';
import { Stage, documentOf, user } from './support.mjs';

const stage = new Stage();
const limit = 90;
let nodes;

before(async () => {
  const steady = await stage.provider('steady');
  const config = documentOf({
    steady: steady.config({ limits: { windows: [{ unit: 'requests', limit, window: '120s' }] } }),
  });
  nodes = await startCluster(stage, 3, { signer: new Authority(stage.folder()), config });
});
after(() => stage.close());

// All that were asked, and those that were answered, by node.
let asked = 0;
const answered = new Map();
const total = () => [...answered.values()].reduce((sum, count) => sum + count, 0);
const ask = async (gateway) => {
  ++asked;
  const body = { model: 'steady/demo-small', messages: user('echo: one'), max_tokens: 16 };
  const response = await gateway.post('/v1/chat/completions', body);
  await response.arrayBuffer();
  if (response.status === 200) answered.set(gateway, (answered.get(gateway) ?? 0) + 1);
  return response.status === 200;
};
const read = async (gateway, route) => (await gateway.admin(route)).json();
const windowAt = async (gateway) => (await read(gateway, '/providers/steady')).windows[0];
const lying = ({ used, idle, pool, in_transit, recovering, unreachable, external }) =>
  used + idle + pool + in_transit + recovering + unreachable + external;

test('a provider is shown as all nodes have it, and nothing of its limit is missing', async () => {
  // Permits come to where they are wanted.
  for (const gateway of nodes)
    for (let i = 0; i < 4; ++i) await soon('answered', () => ask(gateway));
  for (const gateway of nodes) {
    await soon('all are in', async () => (await windowAt(gateway)).used === total());
    const { scope, attempts, windows, cost_today_n: cost } = await read(
      gateway,
      '/providers/steady',
    );
    assert.deepEqual(scope.nodes, ['gw-1', 'gw-2', 'gw-3']);
    assert.equal(attempts.ok, total());
    assert.ok(BigInt(cost) > 0n);
    const [window] = windows;
    assert.equal(lying(window), limit + window.owed);
    assert.deepEqual(
      window.shares.map((share) => [share.node, share.used]).sort(),
      nodes.map((node, i) => [`gw-${i + 1}`, answered.get(node)]),
    );
    const { nodes: shown } = await read(gateway, '/cluster');
    assert.deepEqual(
      shown.map((node) => [node.id, node.state]),
      [
        ['gw-1', 'ok'],
        ['gw-2', 'ok'],
        ['gw-3', 'ok'],
      ],
    );
    assert.ok(shown.every((node) => node.rss > 0 && node.version !== ''));
  }
});

test('a stream tells of the requests of all nodes, each once', async () => {
  const listener = await Listener.open(nodes[1], 'topics=tick');
  await soon('a snapshot has what was', () => listener.requests() === asked);
  for (let i = 0; i < 5; ++i) for (const gateway of nodes) await ask(gateway);
  await soon('all are told of', () => listener.requests() === asked);
  const hello = await listener.next('hello');
  assert.deepEqual(hello.nodes.toSorted(), ['gw-1', 'gw-2', 'gw-3']);
  await listener.leave();
});

test('a stream tells of the requests of all nodes one by one, each once', async () => {
  const told = (listener) =>
    listener.events.filter(({ name }) => name === 'request').flatMap(({ data }) => data.items);
  const listener = await Listener.open(nodes[1], 'topics=request');
  const ofOne = await Listener.open(nodes[1], 'topics=request&f=node:eq:gw-3');
  await soon('all nodes are heard', async () => {
    for (const gateway of nodes) await ask(gateway);
    return new Set(told(listener).map(({ node }) => node)).size === 3;
  });
  const ids = told(listener).map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  await soon('the one is heard', async () => {
    await ask(nodes[2]);
    return told(ofOne).length > 0;
  });
  assert.deepEqual([...new Set(told(ofOne).map(({ node }) => node))], ['gw-3']);
  await listener.leave();
  await ofOne.leave();
});

test('what lies at a node that is gone is shown as out of reach, until it is back', async () => {
  const [one, , three] = nodes;
  await windowAt(one);
  await three.stop('SIGKILL');
  await linked(one, 'gw-2');
  await soon('its part is out of reach', async () => (await windowAt(one)).unreachable > 0);
  const window = await windowAt(one);
  assert.equal(lying(window), limit + window.owed);
  const state = window.shares.find((share) => share.node === 'gw-3').state;
  assert.equal(state, 'unreachable');
  const gone = (await read(one, '/cluster')).nodes.find((node) => node.id === 'gw-3');
  assert.equal(gone.state, 'stale');
  const listener = await Listener.open(one, 'topics=attention');
  const texts = () =>
    listener.events
      .filter(({ name }) => name === 'attention' || name === 'snapshot')
      .flatMap(({ name, data }) => data[name === 'snapshot' ? 'attention' : 'items'])
      .map((matter) => matter.text);
  await soon('somebody is told', () => texts().includes('gw-3 is out of reach'));
  await listener.leave();
  await three.launch();
  await linked(one, 'gw-2', 'gw-3');
  await soon('it is whole again', async () => {
    const again = await windowAt(one);
    return again.unreachable === 0 && again.shares.length === 3;
  });
});
