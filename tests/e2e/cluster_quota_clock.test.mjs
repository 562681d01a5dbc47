// One node's clock on the wall is an hour ahead of the others': limits are kept by another one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Authority } from './certificates.mjs';
import { Court, cluster, judgesOf, whole } from './nodes.mjs';
import { Stage, sleep } from './support.mjs';

const hour_ms = 3_600_000;
const window = 6;
const stage = new Stage();
let court;
after(async () => {
  await court?.rest();
  await stage.close();
});

/// A command that runs another one an hour ahead.
function ahead() {
  const library = path.join(stage.folder(), 'ahead.so');
  const source = fileURLToPath(new URL('ahead.c', import.meta.url));
  const { status, stderr } = spawnSync('gcc', ['-shared', '-fPIC', '-o', library, source]);
  assert.equal(status, 0, `${stderr}`);
  return ['env', `LD_PRELOAD=${library}`];
}

test('a node whose clock is an hour ahead takes its part, and none too many', async (t) => {
  court = await Court.of(stage, judgesOf(window, 60));
  const within = { 'gw-2': ahead() };
  const placeOf = (name) => ({ within: within[name] });
  const authority = new Authority(stage.folder());
  const nodes = await cluster(stage, authority, await court.document(stage), 3, placeOf);
  await whole(nodes);
  await court.begin();
  await court.move(...nodes.map((node) => [node, 1 / 3]));
  await sleep(2 * window * 1000);
  await court.move([nodes[1], 1]);
  await sleep(2 * window * 1000);
  await court.move([nodes[0], 1]);
  await sleep(window * 1000);
  await court.verdict(t, 0.5);
  const newest = Math.max(...nodes[1].records().map(({ t: began }) => began));
  assert.ok(newest > Date.now() + hour_ms / 2, 'its clock is ahead');
});
