// Several nodes and true minutes: what they use together of strict providers, once warm, while the
// demand moves from node to node.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { Court, cluster, judgesOf, whole } from './nodes.mjs';
import { Stage, sleep } from './support.mjs';

const limit = 240;
const size = Number(process.env.MINUTE_NODES ?? 3);
const withFaults = process.env.MINUTE_FAULTS === 'yes';
const minutes = Number(process.env.MINUTES ?? (withFaults ? 8 : 3));
const used_min = withFaults ? 0.95 : 0.97;
const moving_ms = 25_000;

const stage = new Stage();
let court;
after(async () => {
  await court?.rest();
  await stage.close();
});

/// Most of the demand at one node, every third time all of it; clients know all nodes.
function loadsOf(nodes, step) {
  const some = nodes.map((node, i) => {
    const main = step % size === i;
    const share = step % 3 === 2 ? Number(main) : main ? 0.6 : 0.4 / (size - 1);
    return [node, share, nodes.filter((other) => other !== node)];
  });
  return some.filter(([, share]) => share > 0);
}

/// One fault: each node in turn is killed or stopped, for a shorter or a longer while.
async function fault(nodes, number) {
  const node = nodes[number % size];
  const ms = [1000, 8000, 10_000, 3000][number % 4];
  if (number % 2 === 0) {
    await node.stop('SIGKILL');
    await sleep(ms);
    await node.launch();
  } else {
    node.running.child.kill('SIGSTOP');
    await sleep(ms);
    node.running.child.kill('SIGCONT');
  }
}

const title = `true minutes are used to ${used_min * 100} % by ${size} nodes, and never overdrawn`;
test(title, async (t) => {
  const judges = judgesOf(60, limit).filter(({ rpm }) => rpm);
  court = await Court.of(stage, judges);
  const authority = new Authority(stage.folder());
  const nodes = await cluster(stage, authority, await court.document(stage), size);
  await whole(nodes);
  await court.begin();

  // The first minute finds all permits there at once; after it the time tells the use.
  const timesOf = (name) => court.answers[name].times;
  const wanted = (1 + minutes) * limit + 1;
  const has = ({ name }) => timesOf(name).length >= wanted;
  const began = performance.now();
  const end = began + ((minutes + 1) * 60_000) / used_min + 20_000;
  let faults = 0;
  let trouble = Promise.resolve();
  for (let step = 0; !judges.every(has) && performance.now() < end; ) {
    const passed = performance.now() - began;
    if (passed >= step * moving_ms) await court.move(...loadsOf(nodes, step++));
    if (withFaults && passed >= (faults + 1) * 60_000) trouble = fault(nodes, faults++);
    await sleep(250);
  }
  await trouble;
  const measured = Object.fromEntries(judges.map(({ name }) => [name, [...timesOf(name)]]));
  await court.verdict(t, 0.5);
  for (const { name } of judges) {
    const times = measured[name];
    const used = (minutes * 60_000) / (times[wanted - 1] - times[limit]);
    t.diagnostic(`${name}: ${(used * 100).toFixed(2)} % used of ${minutes} minutes, once warm`);
    assert.ok(used >= used_min, `${name}: ${(used * 100).toFixed(2)} % used`);
  }
});
