// Nodes that are stopped, killed and started again under load, with clients that ask another node
// where they are told 503: strict providers never see one request too many.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { answers, ask, chatModel, cluster, judgesOf, soon, trial, whole } from './nodes.mjs';
import { Stage, documentOf, sleep } from './support.mjs';
import { holdAtWrite, whyNoTracing } from './tracing.mjs';

const pause_ms = 1000 * Number(process.env.PAUSE_SECONDS ?? 8);
const used_min = 0.3; // what a node that is away takes along is much of a short window

const skip = whyNoTracing();
if (skip) console.error(`NOT TESTED: requests held between admission and write, because ${skip}`);

const stage = new Stage();
let authority;
before(() => (authority = new Authority(stage.folder())));
after(() => stage.close());

test('what a stopped node sends when it goes on is not one too many', async (t) => {
  const [court, ...nodes] = await trial(t, stage, authority, judgesOf(8, 48));
  const [a, b, c] = nodes;
  const signal = (node, what) => node.running.child.kill(what);
  await court.move([a, 0.3, [b, c]], [b, 0.3, [c, a]], [c, 0.4, [a, b]]);
  // Short stops find a request at every stage; a long one lets whole windows pass.
  for (const node of [c, a, b, c, a, b]) {
    await sleep(400);
    signal(node, 'SIGSTOP');
    await sleep(600);
    signal(node, 'SIGCONT');
  }
  for (const node of [c, a]) {
    signal(node, 'SIGSTOP');
    await sleep(pause_ms);
    signal(node, 'SIGCONT');
    await whole(nodes);
  }
  await court.verdict(t, used_min);
});

test('a request held between admission and write is not one too many', { skip }, async (t) => {
  const window = 2;
  const [court, a, b, c] = await trial(t, stage, authority, judgesOf(window, 20));
  let caught = 0;
  for (let round = 0; caught < 4 && round < 6; ++round) {
    // In silence, so that what it writes first is the first request that it is asked for.
    await court.rest();
    await sleep((window + 2) * 1000);
    // Longer than a permit is out: who had counted it from its admission would use it again.
    const held = holdAtWrite(c, (window + 2) * 1000, 'POST ');
    await sleep(500);
    await court.move([c, 0.2]);
    await sleep(1000);
    await court.move([a, 0.5], [b, 0.5]);
    caught += await held;
    await sleep(window * 1000);
  }
  t.diagnostic(`${caught} requests were held`);
  assert.ok(caught >= 4, `only ${caught} requests were caught between admission and write`);
  await court.verdict(t, 0.1); // what is held can't give its permits away either
});

test('leader and broker killed at once and started together cost nothing', async (t) => {
  const [court, ...nodes] = await trial(t, stage, authority, judgesOf(8, 48));
  const [a, b, c] = nodes;
  // The broker is the first one; of two pairs with it one has the leader, whoever that is.
  for (const dying of [[a, b], [a, c], nodes]) {
    await court.move([a, 0.3, [b, c]], [b, 0.3, [c, a]], [c, 0.4, [a, b]]);
    await sleep(4000);
    await Promise.all(dying.map((node) => node.stop('SIGKILL')));
    await sleep(2000);
    for (const node of nodes.filter((one) => !dying.includes(one)))
      assert.equal((await ask(node, chatModel)).status, 200, 'the last one goes on');
    await Promise.all(dying.map((node) => node.launch()));
    await whole(nodes);
  }
  await sleep(4000);
  await court.verdict(t, used_min);
});

test('after all were killed at once every book is there, and nothing is waited out', async (t) => {
  const limit = 60;
  const window = 300;
  const windows = [{ unit: 'requests', limit, window: `${window}s` }];
  const options = { limit_kind: 'sliding', rpm: limit, window };
  const strict = await stage.provider('strict', 'openai', options);
  const always = await stage.provider('always');
  const document = documentOf({ always, strict: strict.config({ limits: { windows } }) });
  const nodes = await cluster(stage, authority, document, 3);
  await whole(nodes);

  /// Asks all nodes in turn until so many were answered.
  const use = async (count) => {
    let next = 0;
    for (let got = 0; got < count; )
      await soon('one more is answered', async () => {
        const { status } = await ask(nodes[next++ % nodes.length], 'strict/demo-small');
        got += Number(status === 200);
        return status === 200;
      });
  };
  await use(limit / 2);
  await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
  await Promise.all(nodes.map((node) => node.launch()));
  for (const node of nodes) await answers(node);
  // Of a window that is far from over all that was left is there, and not one more.
  await use(limit / 2);
  await whole(nodes);
  // 503 until it has heard the others: they might have some.
  for (const node of nodes)
    await soon(`${node.name} knows that nothing is left`, async () => {
      const { status } = await ask(node, 'strict/demo-small');
      assert.ok(status === 429 || status === 503, `${status}`);
      return status === 429;
    });
  const { allowed, over } = await strict.status();
  t.diagnostic(`${allowed} allowed, ${over} over`);
  assert.deepEqual([allowed, over], [limit, 0]);
});
