// A file that an operator lets win at a start is the cluster's next version, once.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { clusterOf, linked, portOf, soon, startCluster } from './cluster_nodes.mjs';
import { editorOf, put } from './editor.mjs';
import { Stage, documentOf } from './support.mjs';

const stage = new Stage();
let authority;
let document;
before(async () => {
  authority = new Authority(stage.folder());
  document = documentOf({ steady: await stage.provider('steady') });
});
after(() => stage.close());

const docOf = async (gateway) => (await editorOf(gateway).get()).body;
const versionOf = async (gateway) => (await docOf(gateway)).version;
const is = (version, ...nodes) =>
  soon(`all have version ${version}`, async () => {
    const versions = await Promise.all(nodes.map(versionOf));
    return versions.every((one) => one === version);
  });
const attempts = (gateway, base, value) =>
  editorOf(gateway).patch(base, [put('/settings/max_attempts', value)]);

function writeAttempts(gateway, value) {
  const file = JSON.parse(readFileSync(gateway.config, 'utf8'));
  file.settings = { ...file.settings, max_attempts: value };
  writeFileSync(gateway.config, JSON.stringify(file));
}

async function three() {
  const nodes = await startCluster(stage, 3, { signer: authority, config: document });
  await soon('all vote', async () => (await clusterOf(nodes[2])).voters.length === 3);
  for (const node of nodes) {
    node.args[node.args.indexOf('--cluster-listen') + 1] = portOf(node);
    await is(1, node);
  }
  return nodes;
}

test('a file that wins is the next version at all nodes, once', async () => {
  const nodes = await three();
  const [one, two, last] = nodes;
  await two.stop();
  // What the others agree on meanwhile is no reason to give up.
  assert.equal((await attempts(one, 1, 3)).status, 200);
  assert.equal((await attempts(one, 2, 4)).status, 200);
  writeAttempts(two, 2);
  two.args.push('--config-wins');
  await two.launch();
  await is(4, ...nodes);
  for (const gateway of nodes) {
    assert.equal((await docOf(gateway)).doc.settings.max_attempts, 2);
    const [{ version, via, note }] = (await editorOf(gateway).get('/history')).body.items;
    assert.deepEqual([version, via, note], [4, 'file', '--config-wins at a start of gw-2']);
  }
  await soon('the audit log tells of it', async () => {
    const { items } = await (await one.admin('/events?kind=config')).json();
    return items.some((event) => event.node === 'gw-2' && /^version 4 by file/.test(event.text));
  });

  // It was the operator's word for that start: later edits stand.
  assert.equal((await attempts(last, 4, 5)).status, 200);
  await is(5, ...nodes);
  await two.stop('SIGKILL');
  await two.launch();
  await linked(two, 'gw-1', 'gw-3');
  await is(6, ...nodes); // another start, with the same word
  // The same once more is no new version.
  await two.restart();
  await soon('it was looked at', () => /config file has nothing new/.test(two.running.output));
  await is(6, ...nodes);
});

test('without a majority the file waits, and the node runs with what it has', async () => {
  const [one, two, last] = await three();
  for (const gateway of [one, two, last]) await gateway.stop();
  writeAttempts(two, 2);
  two.args.push('--config-wins');
  await two.launch();
  const waits = /--config-wins waits for a majority of voters/;
  await soon('it says so', () => waits.test(two.running.output));
  const before = await docOf(two);
  assert.equal(before.version, 1);
  assert.notEqual(before.doc.settings.max_attempts, 2);
  await one.launch();
  await is(2, one, two);
  assert.equal((await docOf(one)).doc.settings.max_attempts, 2);
});
