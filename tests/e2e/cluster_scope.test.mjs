// What any node tells of some nodes alone: ?node= of the live answers and the stream.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { linked, soon, startCluster } from './cluster_nodes.mjs';
import { Listener } from './sse.mjs';
import { Stage, documentOf, user } from './support.mjs';

const stage = new Stage();
const limit = 90;
const names = ['gw-1', 'gw-2', 'gw-3'];
let nodes;

before(async () => {
  const steady = await stage.provider('steady');
  const targets = [{ provider: 'steady', model: 'demo-small' }];
  const windows = [{ unit: 'requests', limit, window: '120s' }];
  const config = documentOf(
    { steady: steady.config({ limits: { windows } }) },
    { routes: { all: { targets, paid: { usd_per_day: 5 } } } },
  );
  nodes = await startCluster(stage, 3, { signer: new Authority(stage.folder()), config });
});
after(() => stage.close());

const asked = [0, 0, 0];
const answered = [0, 0, 0];
const ask = async (i) => {
  ++asked[i];
  const body = { model: 'all', messages: user('echo: one two'), max_tokens: 16 };
  const response = await nodes[i].post('/v1/chat/completions', body);
  await response.arrayBuffer();
  if (response.status === 200) ++answered[i];
  return response.status === 200;
};
const read = async (gateway, route) => {
  const response = await gateway.admin(route);
  assert.equal(response.status, 200);
  return response.json();
};
const missing = ({ scope }) => scope.missing.map(({ node, reason }) => `${node} ${reason}`);
const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);
const sets = [['gw-1'], ['gw-2'], ['gw-3'], ['gw-1', 'gw-3'], names];
const indexesOf = (set) => set.map((name) => names.indexOf(name));

test('providers, the cluster and budgets are told of the nodes asked for', async () => {
  // Permits come to where they are wanted.
  for (const i of [0, 1, 2]) for (let n = 0; n <= i; ++n) await soon('answered', () => ask(i));
  const spent = [];
  for (const i of [0, 1, 2]) {
    const { items } = await read(nodes[i], `/budgets?node=${names[i]}`);
    assert.equal(items[0].id, 'route/all');
    spent.push(Number(items[0].spent_n));
    assert.ok(spent[i] > 0);
  }
  for (const gateway of nodes)
    for (const set of sets) {
      const node = set.join(',');
      const expected = sum(indexesOf(set).map((i) => answered[i]));
      const list = await read(gateway, `/providers?node=${node}`);
      assert.deepEqual(list.scope.nodes, set);
      assert.deepEqual(list.scope.missing, []);
      const one = await read(gateway, `/providers/steady?node=${node}`);
      assert.deepEqual(one.scope.nodes, set);
      for (const { attempts, windows, now } of [list.items[0], one]) {
        assert.equal(attempts.ok, expected);
        assert.equal(now.rpm, expected);
        const [window] = windows;
        assert.equal(window.limit, limit);
        assert.equal(window.used, expected);
        assert.deepEqual(
          window.shares.map((share) => [share.node, share.used]).sort(),
          indexesOf(set).map((i) => [names[i], answered[i]]),
        );
        const held = sum(window.shares.map((share) => share.hold));
        assert.equal(window.used + window.idle + window.pool, held + window.owed);
      }
      const cluster = await read(gateway, `/cluster?node=${node}`);
      assert.deepEqual(cluster.scope.nodes, set);
      for (const rows of [cluster.nodes, cluster.members])
        assert.deepEqual(
          rows.map(({ id }) => id),
          set,
        );
      assert.equal(cluster.voters.length, 3);
      const { items, scope } = await read(gateway, `/budgets?node=${node}`);
      assert.deepEqual(scope.nodes, set);
      assert.equal(Number(items[0].spent_n), sum(indexesOf(set).map((i) => spent[i])));
      assert.equal(items[0].amount_n, '5000000000');
    }
});

test('a name that no node has is said to be unknown, and has no figures', async () => {
  for (const route of ['/providers', '/budgets', '/breakdown?by=provider']) {
    const more = route.includes('?') ? '&' : '?';
    const none = await read(nodes[0], `${route}${more}node=gw-9`);
    assert.deepEqual(none.scope.nodes, []);
    assert.deepEqual(missing(none), ['gw-9 unknown']);
    assert.deepEqual(none.items, []);
    const some = await read(nodes[0], `${route}${more}node=gw-9,gw-2`);
    assert.deepEqual(some.scope.nodes, ['gw-2']);
    assert.deepEqual(missing(some), ['gw-9 unknown']);
    assert.ok(some.items.length > 0);
  }
  assert.deepEqual((await read(nodes[0], '/cluster?node=gw-9')).nodes, []);
  const response = await nodes[0].admin('/providers/steady?node=gw-9');
  assert.equal(response.status, 404);
  assert.match((await response.json()).detail, /These nodes/);
});

test('a stream tells of the nodes asked for, and goes on for them alone', async () => {
  const before = [...asked];
  const listeners = [];
  for (const set of sets) {
    const listener = await Listener.open(nodes[1], `topics=tick,failover&node=${set}`);
    const { scope, nodes: linkedNodes } = await listener.next('hello');
    assert.deepEqual(scope.nodes, set);
    assert.deepEqual(linkedNodes.toSorted(), names);
    const { nodes: shown, providers } = await listener.next('snapshot');
    assert.deepEqual(
      shown.map(({ id }) => id),
      set,
    );
    const shares = providers[0].windows[0].shares.map(({ node }) => node).sort();
    assert.deepEqual(shares, set);
    listeners.push(listener);
  }
  for (let round = 0; round < 4; ++round)
    for (const i of [0, 1, 2]) await soon('answered', () => ask(i));
  const counted = (set) => sum(indexesOf(set).map((i) => asked[i]));
  for (const [at, set] of sets.entries()) {
    const listener = listeners[at];
    await soon(`${set} is told`, () => listener.requests() >= counted(set));
    assert.equal(listener.requests(), counted(set));
    const ticks = listener.named('tick').map(({ data }) => data);
    const told = sum(ticks.map(({ tot }) => tot[0]));
    assert.equal(told, sum(indexesOf(set).map((i) => asked[i] - before[i])));
    assert.ok(ticks.some(({ p }) => p !== undefined));
    await listener.leave();
  }
  // Where it was cut it goes on, but not as a stream of other nodes.
  const id = listeners[1].lastId;
  const again = await Listener.open(nodes[1], 'node=gw-2', { 'last-event-id': id });
  assert.equal((await again.next('hello')).resumed, true);
  const other = await Listener.open(nodes[1], 'node=gw-1', { 'last-event-id': id });
  assert.equal((await other.next('hello')).resumed, false);
  await again.leave();
  await other.leave();
});

test('so many sets of nodes are listened to at once', async () => {
  const scopesMax = 16; // Broadcasters::scopes_max
  const listeners = [];
  for (let i = 0; i < scopesMax; ++i)
    listeners.push(await Listener.open(nodes[0], `node=gw-${10 + i}`));
  const refused = await nodes[0].admin('/stream?node=gw-99');
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.match((await refused.json()).detail, /sets of nodes/);
  listeners.push(await Listener.open(nodes[0], 'node=gw-10'), await Listener.open(nodes[0]));
  await listeners[3].leave();
  await soon('its place is free', async () => {
    const late = await Listener.open(nodes[0], 'node=gw-99').catch(() => undefined);
    if (late) listeners.push(late);
    return late !== undefined;
  });
  for (const listener of listeners) await listener.leave();
});

test('of a node that is gone its last part is told, and that it is missing', async () => {
  await nodes[2].stop('SIGKILL');
  await linked(nodes[0], 'gw-2');
  const gone = await read(nodes[0], '/providers/steady?node=gw-3');
  assert.deepEqual(missing(gone), ['gw-3 unreachable']);
  assert.deepEqual(gone.scope.nodes, []);
  const [window] = gone.windows;
  assert.equal(window.used, 0);
  assert.ok(window.unreachable > 0);
  assert.deepEqual(
    window.shares.map(({ node, state }) => `${node} ${state}`),
    ['gw-3 unreachable'],
  );
  const here = await read(nodes[0], '/providers/steady?node=gw-1,gw-2');
  assert.deepEqual(missing(here), []);
});
