// Nodes whose permit books are gone, as after a crash of the machine: what the others gave and
// received is the copy, and nothing of it is used before the provider has forgotten it.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { Court, ask, cluster, judgesOf, soon, trial, whole } from './nodes.mjs';
import { Stage, sleep } from './support.mjs';

const window = 4;
const out_ms = (window + 1) * 1000; // that long a used permit is out
const used_min = 0.25; // a lost book cools as a whole

const stage = new Stage();
let authority;
before(() => (authority = new Authority(stage.folder())));
after(() => stage.close());

/// Kills them at once, and takes their books away.
async function lose(...nodes) {
  await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
  for (const node of nodes) {
    const shm = node.args[node.args.indexOf('--shm') + 1];
    const books = readdirSync(shm);
    assert.notEqual(books.length, 0, 'there was a book');
    for (const book of books) rmSync(path.join(shm, book));
  }
}
const start = (...nodes) => Promise.all(nodes.map((node) => node.launch()));
const usable = (node) =>
  soon(`${node.name} has permits again`, async () => {
    const { status } = await ask(node, 'sliding/demo-small');
    return status === 200;
  });

test('a node whose book is gone has its share of the others, and never early', async (t) => {
  const [court, a, b, c] = await trial(t, stage, authority, judgesOf(window, 24));
  await court.move([c, 1]); // it has all there is
  await sleep(out_ms);
  await lose(c);
  await start(c);
  await court.move([c, 0.5], [a, 0.5]);
  await sleep(2 * out_ms);
  for (const [name, count] of Object.entries(court.answeredBy(a)))
    assert.ok(count > 0, `${name}: nothing of what was lost came to gw-1`);
  await court.move([b, 1]);
  await sleep(out_ms);
  await court.verdict(t, used_min);
});

test('while one of the others cannot be asked, a lost book stays closed', async (t) => {
  const [court, a, b, c] = await trial(t, stage, authority, judgesOf(window, 24));
  await court.move([b, 0.2], [c, 0.8]);
  await sleep(out_ms);
  await court.rest();
  b.running.child.kill('SIGSTOP');
  await lose(c);
  await start(c);
  await court.begin();
  await court.move([c, 0.7], [a, 0.3]);
  await sleep(2 * out_ms);
  for (const [name, count] of Object.entries(court.answeredBy(c)))
    assert.equal(count, 0, `${name}: used before gw-2 has told what it knows`);
  b.running.child.kill('SIGCONT');
  await court.rest();
  await usable(c);
  await whole([a, b, c]);
  await court.move([a, 0.3], [b, 0.3], [c, 0.4]);
  await sleep(2 * out_ms);
  await court.verdict(t, 0.1);
});

test('two books that are gone at once are found again, and so are all', async (t) => {
  const [court, ...nodes] = await trial(t, stage, authority, judgesOf(window, 24));
  const [a, b, c] = nodes;
  await court.move([a, 0.2], [b, 0.4], [c, 0.4]);
  for (const lost of [[b, c], nodes]) {
    await sleep(out_ms);
    await lose(...lost);
    await start(...lost);
    await sleep(out_ms);
    await whole(nodes);
    await court.rest();
    for (const node of nodes) await usable(node);
    await court.move([a, 0.2], [b, 0.4], [c, 0.4]);
  }
  await sleep(out_ms);
  await court.verdict(t, used_min);
});

test("of an hour's limit a lost book waits for what its journal says was used", async () => {
  const limit = 400;
  const court = await Court.of(stage, [
    { name: 'hour', kind: 'sliding', window: 3600, rpm: limit },
  ]);
  const nodes = await cluster(stage, authority, await court.document(stage), 3);
  const c = nodes[2];
  const answered = async () => (await ask(c, 'hour/demo-small')).status === 200;
  const used = 60;
  for (let i = 0; i < used; ++i) await soon('a permit came', answered);
  await lose(c);
  await start(c);
  await whole(nodes);
  let more = 0;
  await soon('it is used up', async () => {
    while (await answered()) ++more;
    return more > 0;
  });
  // But for the blocks that were announced before they were used.
  assert.ok(more > 0.6 * (limit - used), `${more} of the ${limit - used} that were left`);
  assert.ok(more <= limit - used, `${more} after ${used}`);
});
