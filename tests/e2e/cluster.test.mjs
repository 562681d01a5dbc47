import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import {
  clusterOf,
  linked,
  linkedOf,
  portOf,
  soon,
  startCluster,
  startNode,
} from './cluster_nodes.mjs';
import { editorOf, put } from './editor.mjs';
import { Stage, binary, documentOf, until, user } from './support.mjs';

const stage = new Stage();
let authority;
let document;

before(async () => {
  authority = new Authority(stage.folder());
  document = documentOf({ steady: await stage.provider('steady') });
});
after(() => stage.close());

const node = (name, options) =>
  startNode(stage, name, { signer: authority, config: document, ...options });

const target = (provider) => ({ provider, model: 'demo-small' });
async function membersMetric(gateway) {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^llm_gateway_cluster_members (\d+)$/m.exec(text)[1]);
}

test('three nodes find each other by one address, and each shows all', async () => {
  const one = await node('gw-1');
  const two = await node('gw-2', { join: [one] });
  const three = await node('gw-3', { join: [two] });
  await linked(one, 'gw-2', 'gw-3');
  await linked(two, 'gw-1', 'gw-3');
  await linked(three, 'gw-1', 'gw-2');
  await soon('round trips are measured', async () =>
    (await clusterOf(three)).links.every((link) => link.rtt_ms > 0),
  );
  const seen = await clusterOf(three);
  assert.match(seen.cluster, /^[0-9a-f]{32}$/);
  assert.equal(seen.cluster, (await clusterOf(one)).cluster);
  assert.deepEqual(
    seen.members.map((member) => [member.id, member.state, member.address, member.config_version]),
    [one, two, three].map((gateway, i) => [`gw-${i + 1}`, 'ok', portOf(gateway), 1]),
  );
  assert.deepEqual(seen.rtt.nodes, ['gw-1', 'gw-2', 'gw-3']);
  // They follow the same ones; who votes is settled within seconds.
  await soon('all vote', async () => `${(await clusterOf(three)).voters}` === 'gw-1,gw-2,gw-3');
  await soon('all know who leads', async () => {
    const told = await Promise.all([one, two, three].map(clusterOf));
    const [{ leader, term, broker }] = told;
    const isSame = (other) =>
      other.leader === leader && other.term === term && other.broker === broker;
    return leader !== null && broker !== null && told.every((one) => one.quorum && isSame(one));
  });
  assert.equal(seen.rtt.ms[2][2], 0);
  assert.ok(seen.rtt.ms[2][0] > 0);
  assert.equal(seen.rtt.ms[0][1], null); // between the others
  assert.deepEqual(seen.unreached, []);
  assert.equal(await membersMetric(two), 3);
  // Each answers for all.
  const missingAt = async (route) => {
    const { scope } = await (await one.admin(route)).json();
    return scope.missing.map((other) => `${other.node} ${other.reason}`);
  };
  for (const route of ['/usage', '/providers', '/cluster', '/budgets', '/events'])
    assert.deepEqual(await missingAt(route), []);
  assert.deepEqual(await missingAt('/usage?node=gw-1,gw-2,gw-9'), ['gw-9 unknown']);
  assert.deepEqual(await missingAt('/config'), [], 'the document is the same at all');

  // Killed, it is missed; started again, it finds back with what its data folder has.
  await three.stop('SIGKILL');
  await linked(one, 'gw-2');
  const missed = (await clusterOf(one)).members.find((member) => member.id === 'gw-3');
  assert.equal(missed.state, 'unreachable');
  assert.deepEqual(await missingAt('/providers'), ['gw-3 unreachable']);
  assert.equal(await membersMetric(one), 2);
  await three.launch();
  await linked(one, 'gw-2', 'gw-3');
  assert.equal((await clusterOf(three)).cluster, seen.cluster);
  const again = (await clusterOf(one)).members.find((member) => member.id === 'gw-3');
  assert.equal(again.incarnation, missed.incarnation + 1);

  // The one that nobody told of others is found by them.
  const port = portOf(one);
  one.args = one.args.map((word, i) => (one.args[i - 1] === '--cluster-listen' ? port : word));
  await one.stop('SIGKILL');
  await linked(two, 'gw-3');
  await one.launch();
  await linked(one, 'gw-2', 'gw-3');
  for (const gateway of [one, two, three]) assert.equal((await gateway.stop()).code, 0);
});

test('a stopped node is missed within seconds, and found again when it goes on', async () => {
  const one = await node('gw-1');
  const two = await node('gw-2', { join: [one] });
  await linked(one, 'gw-2');
  two.running.child.kill('SIGSTOP');
  await linked(one);
  two.running.child.kill('SIGCONT');
  await linked(one, 'gw-2');
  await linked(two, 'gw-1');
});

test('a pause that one node is asked for is kept by all', async () => {
  const busy = await stage.provider('busy');
  const other = await stage.provider('other');
  const cooling = documentOf(
    { busy, other },
    {
      settings: { cooldown: true },
      routes: {
        both: { policy: 'priority', targets: [target('busy'), target('other')] },
      },
    },
  );
  const one = await node('gw-1', { config: cooling });
  const two = await node('gw-2', { config: cooling, join: [one] });
  const answeredBy = async (gateway) => {
    const body = { model: 'both', messages: user('echo: a'), max_tokens: 16 };
    const response = await gateway.post('/v1/chat/completions', body);
    await response.arrayBuffer();
    return response.headers.get('x-gateway-provider');
  };
  for (const gateway of [one, two])
    await soon('ready', async () => (await gateway.fetch('/readyz')).ok);
  assert.equal(await answeredBy(one), 'busy');
  await soon('both reach it', async () => (await answeredBy(two)) === 'busy');

  await busy.order({ fail: '429', wait_ms: 10_000, count: 1 });
  assert.equal(await answeredBy(one), 'other');
  await soon('the other one heard, and says from whom', async () =>
    /rate_limited, as gw-1 was told/.test(await (await two.admin('/events?kind=cooldown')).text()),
  );
  const { requests } = await busy.status();
  assert.equal(await answeredBy(two), 'other');
  assert.equal((await busy.status()).requests, requests, 'it was told, and did not try');
  await soon('back', async () => (await answeredBy(two)) === 'busy');
});

test('those vote whom the document names, and nobody who may not', async () => {
  const ready = (gateway) => soon('ready', async () => (await gateway.fetch('/readyz')).ok);
  const one = await node('gw-1');
  const silent = await node('gw-2', { join: [one], more: ['--no-voter'] });
  await ready(silent);
  const { get, patch } = editorOf(one);
  const edit = async (where, value) => patch((await get()).body.version, [put(where, value)]);
  await silent.stop('SIGKILL');
  const alone = await edit('/settings/max_attempts', 3);
  assert.equal(alone.status, 200, 'a majority of one voter is there');

  const others = [await node('gw-3', { join: [one] }), await node('gw-4', { join: [one] })];
  // Whoever leads says what was changed.
  const times = (name, role) => {
    const said = [one, ...others].map((gateway) => gateway.running.output).join('');
    return said.split(`log server=${name} role=${role} changed=true`).length - 1;
  };
  const both = (role, count) => ['gw-3', 'gw-4'].every((name) => times(name, role) >= count);
  await soon('three vote', () => both('voter', 1));
  const named = await edit('/settings/voters', ['gw-1']);
  assert.equal(named.status, 200, named.text);
  await soon('one votes', () => both('standby', 2)); // as before they voted
  for (const other of others) await other.stop('SIGKILL');
  assert.equal((await edit('/settings/max_attempts', 2)).status, 200);
});

test('a node with certificates of another authority stays outside, and says why', async () => {
  const one = await node('gw-1');
  const stranger = await node('gw-2', { join: [one], signer: new Authority(stage.folder()) });
  await soon('it says why', async () =>
    (await clusterOf(stranger)).unreached[0]?.problem.includes('certificate'),
  );
  const { unreached, cluster } = await clusterOf(stranger);
  assert.equal(unreached[0].address, portOf(one));
  assert.match(unreached[0].problem, /not to be believed: .*ca\.pem/);
  assert.equal(cluster, null);
  const ready = await stranger.fetch('/readyz');
  assert.equal(ready.status, 503, 'it belongs to no cluster yet');
  assert.equal((await ready.json()).checks.document, false);
  assert.match(stranger.running.output, /peer not linked address=127\.0\.0\.1:\d+ why=/);
  assert.deepEqual(await linkedOf(one), []);
});

test('two clusters do not mix, and both logs say why', async () => {
  const one = await node('gw-1');
  const other = await node('gw-2');
  await other.stop();
  other.args.push('--join', portOf(one));
  await other.launch();
  const text = /belongs to cluster [0-9a-f]{32}, gw-\d to cluster [0-9a-f]{32}/;
  await soon('it says why', async () => text.test((await clusterOf(other)).unreached[0]?.problem));
  assert.match(one.running.output, text);
  assert.match(other.running.output, text);
  assert.deepEqual(await linkedOf(one), []);
});

test('a start with certificates that are no good is refused with what to do', () => {
  const folder = stage.folder();
  const file = path.join(folder, 'gateway.json');
  writeFileSync(file, JSON.stringify(document));
  const start = (...args) => {
    const words = ['serve', '--config', file, '--data', path.join(folder, 'data'), '--listen'];
    const options = { encoding: 'utf8', timeout: 20_000 };
    return spawnSync(binary, [...words, '127.0.0.1:0', ...args], options);
  };
  const listen = ['--cluster-listen', '127.0.0.1:0'];
  const rows = [
    [['--join', 'other:7946'], 2, /need --cluster-listen/],
    [listen, 2, /--cluster-listen needs --cluster-tls DIR with ca\.pem, node\.pem and node\.key/],
    [[...listen, '--cluster-tls', folder], 1, /ca\.pem can't be read: the folder must hold/],
    [
      [...listen, '--cluster-tls', authority.issue('expired', { days: -1 })],
      1,
      /node\.pem has expired: make a new certificate for this node/,
    ],
  ];
  for (const [args, code, text] of rows) {
    const { status, stderr } = start(...args);
    assert.match(stderr, text);
    assert.equal(status, code, stderr);
  }
});

test('a node without a cluster port is alone, and pays nothing for others', async () => {
  const alone = await stage.gateway(document);
  const seen = await clusterOf(alone);
  assert.equal(seen.cluster, null);
  assert.deepEqual(
    seen.members.map((member) => [member.id, member.address]),
    [['node-1', null]],
  );
  assert.deepEqual(seen.rtt, { nodes: ['node-1'], ms: [[0]] });
  assert.equal(await membersMetric(alone), 1);
  const tasks = `/proc/${alone.running.child.pid}/task`;
  const threads = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/comm`, 'utf8'));
  assert.ok(!threads.some((name) => name.includes('multiplexer')), threads.join());
});

test('without a majority nobody leads, and /cluster says so', async () => {
  const nodes = await startCluster(stage, 3, { signer: authority, config: document });
  await soon('all vote', async () => (await clusterOf(nodes[2])).voters.length === 3);
  for (const gateway of nodes.slice(0, 2)) await gateway.stop('SIGKILL');
  await soon('nobody leads', async () => {
    const { leader, quorum, broker } = await clusterOf(nodes[2]);
    return leader === null && !quorum && broker === 'gw-3';
  });
});

test('a data folder that was emptied has no vote under its old name', async () => {
  const nodes = await startCluster(stage, 3, { signer: authority, config: document });
  const [one, two, three] = nodes;
  await soon('all vote', async () => (await clusterOf(three)).voters.length === 3);
  await three.stop('SIGKILL');
  rmSync(three.data, { recursive: true });
  await three.launch();
  const said = /a member's name with another data folder/;
  await soon('they say so', () => said.test(one.running.output));
  assert.equal((await three.fetch('/readyz')).status, 503);
  // With one of the two that remember gone, nothing can be agreed on.
  await two.stop('SIGKILL');
  await soon('nobody leads', async () => !(await clusterOf(one)).quorum);
  assert.equal((await three.fetch('/readyz')).status, 503);
});
