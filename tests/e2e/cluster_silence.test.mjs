// Nobody hears a node for `settings.cluster.write_off_ms`: it uses nothing any more, and what it
// held is the others' once its last use is out of every window.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { clusterOf, membersOf, soon, startCluster } from './cluster_nodes.mjs';
import { Judge } from './judge.mjs';
import { Stage, sleep, until } from './support.mjs';

const stage = new Stage();
after(() => stage.close());

const window = 6;
const limit = 60;
const silence = 10_000;

/// Three nodes in front of a provider that counts as strictly as any.
async function cluster() {
  const judge = await Judge.of(stage, { window, limit });
  const config = judge.document;
  config.settings = { ...config.settings, cluster: { write_off_ms: silence } };
  const nodes = await startCluster(stage, 3, { signer: new Authority(stage.folder()), config });
  // Written off is who is known to know that it can be.
  const voted = async () => (await clusterOf(nodes[0])).voters?.length === 3;
  await soon('all three vote', voted);
  return { judge, nodes };
}

// Mostly waiting, so both at a time.
describe('silence', { concurrency: true }, () => {
  test('a node that most of the voters do not hear uses nothing until they do', async () => {
    const { judge, nodes } = await cluster();
    const [one, two, last] = nodes;
    const answers = {};
    const there = judge.load(last, answers);
    await soon('it answers', () => answers[200] > 20);
    for (const node of [one, two]) node.running.child.kill('SIGSTOP');
    await sleep(2 * silence);
    const { allowed } = await judge.status();
    await sleep(2 * window * 1000);
    assert.equal((await judge.status()).allowed, allowed, 'it went on');
    for (const node of [one, two]) node.running.child.kill('SIGCONT');
    const before = answers[200];
    await soon('it goes on', () => answers[200] > before);
    await there.stop();
    assert.deepEqual(await membersOf(one), ['gw-1', 'gw-2', 'gw-3']);
    assert.equal((await judge.status()).over, 0);
  });

  test('a node that is silent is written off by the others', async (t) => {
    const { judge, nodes } = await cluster();
    const [one, two, last] = nodes;
    const answers = {};
    const there = judge.load(last, answers);
    // All know by then that it can be.
    await sleep(80_000);
    const began = Date.now();
    await last.stop('SIGKILL');
    await there.stop();
    const here = [judge.load(one, answers), judge.load(two, answers)];
    const isGone = async () => `${await membersOf(one)}` === 'gw-1,gw-2';
    await until('nothing is left with it', isGone, 150_000);
    const seconds = (Date.now() - began) / 1000;
    t.diagnostic(`written off within ${seconds.toFixed(0)} s`);
    // Its silence, what a thread may be late, and D and a window.
    assert.ok(seconds > silence / 1000 + 60 + window);
    const share = await judge.shareOf(3 * window);
    t.diagnostic(`the others use ${(share * 100).toFixed(0)} %`);
    assert.ok(share > 0.6, `only ${share}`);

    // It comes back as another one, with nothing, and gets its part.
    await last.launch();
    await soon('it is a member', async () => `${await membersOf(one)}` === 'gw-1,gw-2,gw-3');
    last.url = [...last.running.output.matchAll(/listening on (\S+)/g)].at(-1)[1];
    for (const load of here) await load.stop();
    const moved = judge.load(last, (answers.last = {}));
    await soon('it answers', () => answers.last[200] > 0);
    await moved.stop();
    assert.equal((await judge.status()).over, 0);
  });
});
