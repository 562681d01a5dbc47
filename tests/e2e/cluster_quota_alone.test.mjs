// What a node does that starts again while no majority is there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { ask, judgesOf, soon, trial, whole } from './nodes.mjs';
import { Stage, sleep } from './support.mjs';

const window = 4;
const stage = new Stage();
let authority;
before(() => (authority = new Authority(stage.folder())));
after(() => stage.close());

test('a node that starts again alone goes on with its exact book', async (t) => {
  const [court, a, b, c] = await trial(t, stage, authority, judgesOf(window, 24));
  await court.move([c, 1]); // it has all there is
  await sleep((window + 2) * 1000);
  await court.rest();
  await Promise.all([a, b, c].map((node) => node.stop('SIGKILL')));
  await c.launch();
  const status = async () => (await ask(c, 'sliding/demo-small')).status;
  await soon('it uses what it has', async () => (await status()) === 200);
  await court.begin();
  await court.move([c, 1]);
  await sleep(2 * (window + 1) * 1000);
  for (const [name, count] of Object.entries(court.answeredBy(c)))
    assert.ok(count > 24, `${name}: only ${count} of what it has was used`);
  // What is used up here may be elsewhere.
  await soon('it sends clients elsewhere', async () => (await status()) === 503);
  await Promise.all([a.launch(), b.launch()]);
  await whole([a, b, c]);
  // A call reserves three times the tokens that it will use, of few: a busy machine uses less.
  await court.verdict(t, 0.3);
});
