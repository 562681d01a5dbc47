// Most voters are lost for good: whoever is left goes on by an operator's word, and what the others
// held comes back when they are written off, and not before.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { clusterOf, membersOf, portOf, soon, startCluster } from './cluster_nodes.mjs';
import { editorOf, put } from './editor.mjs';
import { Judge } from './judge.mjs';
import { Stage, binary, sleep } from './support.mjs';

const window = 6;
const limit = 60;

const stage = new Stage();
let authority;
before(() => (authority = new Authority(stage.folder())));
after(() => stage.close());

const identityOf = (gateway) =>
  JSON.parse(readFileSync(path.join(gateway.data, 'node.json'), 'utf8'));
const attempts = async (gateway, value) => {
  const editor = editorOf(gateway);
  const { version } = (await editor.get()).body;
  return editor.patch(version, [put('/settings/max_attempts', value)]);
};
function recover(gateway, { input = '', yes } = {}) {
  const args = ['recover', '--data', gateway.data, ...(yes ? ['--yes', yes] : [])];
  return spawnSync(binary, args, { input, encoding: 'utf8', timeout: 20_000 });
}
const writeOff = (gateway, name) =>
  gateway.post(`/admin/v1/nodes/${name}/write-off`, '', {
    authorization: `Bearer ${gateway.adminKey()}`,
    'idempotency-key': `off-${name}`,
  });
test('with two of three gone for good the third goes on, and counts for all', async (t) => {
  const judge = await Judge.of(stage, { window, limit });
  const nodes = await startCluster(stage, 3, { signer: authority, config: judge.document });
  const [one, two, last] = nodes;
  await soon('all vote', async () => (await clusterOf(one)).voters.length === 3);
  for (const gateway of nodes)
    gateway.args[gateway.args.indexOf('--cluster-listen') + 1] = portOf(gateway);
  // The most of the permits is where it will be lost.
  const answers = {};
  const shares = [0.1, 0.5, 0.5];
  const loads = nodes.map((node, i) => judge.load(node, answers, shares[i]));
  await sleep(2.5 * window * 1000);
  await Promise.all([two, last].map((gateway) => gateway.stop('SIGKILL')));
  for (const lost of loads.splice(1)) await lost.stop();
  assert.equal((await attempts(one, 3)).status, 409);
  const ended = identityOf(one).cluster;

  assert.equal(recover(one, { yes: ended }).status, 1, 'it runs');
  await one.stop();
  for (const input of ['', 'no\n', 'yes\n', `yes\n${'0'.repeat(32)}\n`, `${ended}\n`]) {
    const { status, stdout, stderr } = recover(one, { input });
    assert.equal(status, 1);
    assert.match(stdout, /voters +gw-1, gw-2, gw-3\n/);
    assert.match(stderr, /Nothing was done/);
  }
  assert.equal(recover(one, { yes: '0'.repeat(32) }).status, 1);
  assert.equal(identityOf(one).cluster, ended);
  const done = recover(one, { input: `yes\n${ended}\n` });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /Are gw-2, gw-3 off for good\? \(yes\)/);
  assert.notEqual(identityOf(one).cluster, ended);
  await loads.pop().stop();
  await one.launch();
  await soon('it leads', async () => `${(await clusterOf(one)).voters}` === 'gw-1');
  await soon('it edits', async () => (await attempts(one, 3)).status === 200);

  // What the others hold does not come back by itself.
  loads.push(judge.load(one, answers, 1));
  await sleep(2 * window * 1000);
  const alone = await judge.shareOf(2 * window);
  t.diagnostic(`alone it uses ${(alone * 100).toFixed(0)} %`);
  assert.ok(alone < 0.9, `${alone}`);

  // One of them is started again after all: it is no member, and holds nothing.
  const before = identityOf(two).id;
  await two.launch();
  const again = judge.load(two, (answers.again = {}), 0.5);
  await soon('it hears of it', () => /node was removed from the cluster/.test(two.running.output));
  await soon('it begins anew', () => identityOf(two).id !== before);
  assert.equal(identityOf(two).cluster, identityOf(one).cluster);
  for (const name of ['gw-2', 'gw-3'])
    await soon('its write-off begins', async () => (await writeOff(one, name)).status === 202);
  for (const name of ['gw-2', 'gw-3'])
    await soon(`${name} is removed`, async () => (await writeOff(one, name)).status === 200);
  await again.stop();
  await soon('it is let in anew', async () => `${await membersOf(one)}` === 'gw-1,gw-2');
  await sleep(window * 1000);
  const whole = await judge.shareOf(2 * window);
  t.diagnostic(`with what was theirs it uses ${(whole * 100).toFixed(0)} %`);
  assert.ok(whole > 0.6 && whole > alone, `${whole}`);
  for (const one of loads) await one.stop();
  const { over } = await judge.status();
  assert.equal(over, 0);
});
