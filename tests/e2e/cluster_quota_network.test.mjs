// Links between nodes that fail as real ones do: each node has a network namespace of its own, and
// what is lost is lost without a word. Both sides go on with what they have.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { editorOf, put } from './editor.mjs';
import { Network } from './network.mjs';
import { Court, ask, chatModel, cluster, clusterOf, judgesOf, soon, whole } from './nodes.mjs';
import { Stage, sleep } from './support.mjs';

const skip = await Network.whyNot();
if (skip) console.error(`NOT TESTED: broken links between nodes, because ${skip}`);

// How long each fault lasts, at least.
const fault_ms = 1000 * Number(process.env.NETWORK_FAULT_SECONDS ?? 8);
const window = 8;
const limit = 48;
const used_min = 0.3; // of short windows, with permits out of reach of the demand

const stage = new Stage();
let network;
let court;
let nodes;
let one, two, three;

before(async () => {
  if (skip) return;
  network = await Network.make();
  const listen = `${network.host}:0`;
  court = await Court.of(stage, judgesOf(window, limit), { listen });
  const place = async (name) => ({ ...(await network.place(name)), args: ['--allow-open'] });
  const document = await court.document(stage, { listen });
  nodes = await cluster(stage, new Authority(stage.folder()), document, 3, place);
  [one, two, three] = nodes;
});
beforeEach(async () => {
  if (skip) return;
  await whole(nodes);
  await court.begin();
});
afterEach(async () => {
  await court?.rest();
  network?.heal();
});
after(async () => {
  await stage.close();
  network?.end();
});

const names = (some) => some.map(({ name }) => name);
const misses = (node, other) =>
  soon(`${node.name} misses ${other.name}`, async () => {
    const { members } = await clusterOf(node);
    return members.find(({ id }) => id === other.name).state === 'unreachable';
  });
const versionOf = async (node) => (await editorOf(node).get()).body.version;
async function edit(node, attempts) {
  const { patch } = editorOf(node);
  return patch(await versionOf(node), [put('/settings/max_attempts', attempts)]);
}
const caughtUp = (node, version) =>
  soon(`${node.name} has version ${version}`, async () => (await versionOf(node)) === version);

test('both sides of a cut go on with what they have, and heal', { skip }, async (t) => {
  await court.move([one, 0.4, [two, three]], [two, 0.6, [three, one]]);
  await sleep(window * 1000);

  // The one that is cut off has been everybody's broker, and the leader if nobody else was.
  network.part(names([one]), names([two, three]));
  await misses(one, three);
  await misses(three, one);
  const began = Date.now();
  const before = [three, one].map((node) => court.answeredBy(node));
  // What two had is three's as soon as three needs it; one keeps what it has.
  await court.move([three, 0.6], [one, 0.4, [two, three]]);
  const refused = await edit(one, 5);
  assert.equal(refused.status, 409, refused.text);
  assert.equal(refused.body.type, 'no_quorum');
  assert.equal((await ask(one, chatModel)).status, 200);
  let accepted;
  await soon('the majority has a leader', async () => {
    accepted = await edit(two, 4);
    return accepted.status === 200;
  });
  await caughtUp(three, accepted.body.version);
  assert.equal(await versionOf(one), accepted.body.version - 1);
  await sleep(Math.max(0, began + Math.max(fault_ms, 1.5 * window * 1000) - Date.now()));
  const now = [three, one].map((node) => court.answeredBy(node));
  for (const name of Object.keys(court.configs)) {
    const [moved, kept] = [0, 1].map((i) => now[i][name] - before[i][name]);
    t.diagnostic(`${name}: meanwhile ${moved} answered by gw-3 and ${kept} by gw-1`);
    assert.ok(moved > limit / 8, `${name}: gw-3 was given only ${moved} by gw-2`);
    assert.ok(kept > 0, `${name}: gw-1 used none of its own`);
    assert.ok(court.answers[name].elsewhere > 0, `${name}: nobody was sent elsewhere`);
  }

  network.heal();
  await whole(nodes);
  await caughtUp(one, accepted.body.version);
  const again = await edit(one, 3);
  assert.equal(again.status, 200, again.text);
  for (const node of nodes) await caughtUp(node, again.body.version);
  await court.move([one, 1, [two, three]]);
  await sleep(fault_ms / 2);
  await court.verdict(t, used_min);
});

test('where one hears another and is not heard, a third one helps both', { skip }, async (t) => {
  await court.move([one, 1]);
  network.deafen('gw-1', 'gw-3');
  await misses(one, three);
  await misses(three, one);
  await sleep(fault_ms / 2);
  await court.move([three, 1]);
  await sleep(fault_ms);
  for (const [name, count] of Object.entries(court.answeredBy(three)))
    assert.ok(count > limit / 8, `${name}: only ${count} permits came to gw-3`);
  network.heal();
  await whole(nodes);
  await court.verdict(t, used_min);
});

test('links that come and go each second harm nothing', { skip }, async (t) => {
  await court.move([two, 0.5, [three, one]], [three, 0.5, [one, two]]);
  for (const end = Date.now() + fault_ms; Date.now() < end; ) {
    network.part(['gw-3'], ['gw-1', 'gw-2']);
    await sleep(1000);
    network.heal();
    await sleep(1000);
  }
  await whole(nodes);
  await court.verdict(t, used_min);
});

test('a fifth of all packets lost between all nodes harms nothing', { skip }, async (t) => {
  await court.move([one, 0.2, [two, three]], [two, 0.8, [three, one]]);
  network.part(['gw-1'], ['gw-2', 'gw-3'], 20);
  network.part(['gw-2'], ['gw-3'], 20);
  await sleep(fault_ms);
  await court.move([three, 1, [one, two]]);
  await sleep(fault_ms);
  network.heal();
  await whole(nodes);
  await court.verdict(t, used_min);
});
