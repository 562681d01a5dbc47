// Data folders that ran twice: whoever comes second with what is old stops at the first word of the
// others, and begins again with what they know of it.
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { answers, ask, judgesOf, trial, whole } from './nodes.mjs';
import { Stage, sleep, until } from './support.mjs';

const window = 4;
const out_ms = (window + 1) * 1000; // that long a used permit is out
// A life that may run elsewhere is waited for, for a minute.
const elsewhere_ms = 150_000;

const stage = new Stage();
let authority;
before(() => (authority = new Authority(stage.folder())));
after(() => stage.close());

const placeOf = (node, option) => node.args.indexOf(option) + 1;
const copy = (from, to) => cpSync(from, to, { recursive: true });

const says = (node, text) => until(`it says ${text}`, () => text.test(node.running.output));

/// Its process ends by itself, with what it says.
async function stops(node, text) {
  node.running.stopping = true; // it is meant to
  const { code } = await node.running.ended;
  assert.equal(code, 1);
  await says(node, text);
}

/// Started once more it asks the others, and has its part of the limits again.
async function comesBack(node) {
  await node.launch();
  await says(node, /permit book was lost.* another epoch/);
  const usable = async () => (await ask(node, 'sliding/demo-small')).status === 200;
  await until(`${node.name} has permits again`, usable, elsewhere_ms);
}

test('a node whose copy was there since stops, and comes back', async (t) => {
  const [court, a, b, c] = await trial(t, stage, authority, judgesOf(window, 24));
  await court.move([a, 0.2], [b, 0.3], [c, 0.5]);
  await sleep(2 * out_ms);
  await c.stop();
  // The folder is copied to another machine, where there is no book.
  const [data, shm] = ['--data', '--shm'].map((option) => c.args[placeOf(c, option)]);
  const elsewhere = stage.folder();
  copy(data, path.join(elsewhere, 'data'));
  c.args[placeOf(c, '--data')] = path.join(elsewhere, 'data');
  c.args[placeOf(c, '--shm')] = elsewhere;
  await c.launch();
  await answers(c);
  await whole([a, b, c]);
  await sleep(2 * out_ms); // who was away for less uses what it has until the first word
  await court.move([a, 0.5], [b, 0.5]);
  await c.stop();

  c.args[placeOf(c, '--data')] = data;
  c.args[placeOf(c, '--shm')] = shm;
  await c.launch();
  const stopped = stops(c, /a newer life of this node was there, from a copy of its data folder/);
  await court.move([a, 0.3], [b, 0.3], [c, 0.4]);
  await stopped;
  await comesBack(c);
  await whole([a, b, c]);
  await sleep(out_ms);
  await court.verdict(t, 0.1);
});

test('a node that is put back to an older state stops, and comes back', async (t) => {
  const [court, a, b, c] = await trial(t, stage, authority, judgesOf(window, 24));
  await court.move([c, 1]); // it has all there is
  await sleep(2 * out_ms);
  await court.rest();
  await c.stop();
  const [data, shm] = ['--data', '--shm'].map((option) => c.args[placeOf(c, option)]);
  const older = stage.folder();
  copy(data, path.join(older, 'data'));
  copy(shm, path.join(older, 'shm'));
  await c.launch();
  await whole([a, b, c]);
  await court.move([a, 0.5], [b, 0.5]); // what it had goes there
  await sleep(2 * out_ms);
  await c.stop();

  for (const [there, name] of [
    [data, 'data'],
    [shm, 'shm'],
  ]) {
    rmSync(there, { recursive: true });
    copy(path.join(older, name), there);
  }
  await c.launch();
  await stops(c, /others had more of this node than its permit book says/);
  await comesBack(c);
  await whole([a, b, c]);
  await sleep(out_ms);
  await court.verdict(t, 0.1);
});
