// Several nodes, one quota: strict providers judge what all nodes send together.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { editorOf, put } from './editor.mjs';
import { Court, always, ask, chatModel, cluster, judgesOf, soon } from './nodes.mjs';
import { Stage, documentOf, sleep } from './support.mjs';

const stage = new Stage();
let authority;
before(() => (authority = new Authority(stage.folder())));
after(() => stage.close());

test('of three nodes, killed too, no strict provider sees one request too many', async (t) => {
  const small = { name: 'small', kind: 'sliding', window: 8, rpm: 4 };
  const court = await Court.of(stage, [...judgesOf(8, 48), small]);
  const nodes = await cluster(stage, authority, await court.document(stage), 3);

  t.after(() => court.rest());
  await court.begin();
  // All at one node that is not the broker, then at others; and a kill of either kind of node.
  await court.move([nodes[2], 1]);
  await sleep(14_000);
  await court.move([nodes[0], 0.3], [nodes[1], 0.7]);
  await sleep(6_000);
  await nodes[2].stop('SIGKILL');
  await sleep(6_000);
  await nodes[2].launch();
  await sleep(4_000);
  await nodes[0].stop('SIGKILL'); // the broker, and the leader as long as nobody else is
  await sleep(6_000);
  await nodes[0].launch();
  await sleep(8_000);
  // Of a short window the time until a provider has surely counted is a large part, and whoever
  // was killed takes its permits along for a while.
  await court.verdict(t, 0.4);
});

test('an edit at one node is in force at all, and of two at once one is refused', async () => {
  const scarce = (await stage.provider('scarce')).config({ limits: { rpd: 2 } });
  const document = documentOf({ always: await always(stage), scarce });
  const nodes = await cluster(stage, authority, document, 3);
  const editors = nodes.map((node) => editorOf(node));
  const versionOf = async (i) => (await editors[i].get()).body.version;
  const attempts = (i, base, count) =>
    editors[i].patch(base, [put('/settings/max_attempts', count)]);
  const has = (i, version) => soon('it is in force', async () => (await versionOf(i)) === version);
  const base = await versionOf(0);
  const edited = await attempts(1, base, 4);
  assert.equal(edited.status, 200, edited.text);
  const { version } = edited.body;
  for (const i of [0, 1, 2]) await has(i, version);

  const both = await Promise.all([attempts(0, version, 5), attempts(2, version, 6)]);
  assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 412]);
  for (const i of [0, 1, 2]) await has(i, version + 1);
  const texts = await Promise.all(editors.map(async (one) => (await one.get()).body.doc));
  assert.deepEqual(texts[1], texts[0]);
  assert.deepEqual(texts[2], texts[0]);

  // A node that was away meanwhile has all of it when it comes back.
  await nodes[2].stop('SIGKILL');
  const third = await attempts(0, version + 1, 3);
  assert.equal(third.status, 200, third.text);
  await nodes[2].launch();
  await has(2, version + 2);

  // Without a majority nothing is agreed on, and permits are used on.
  await nodes[0].stop('SIGKILL');
  await nodes[1].stop('SIGKILL');
  const alone = await attempts(2, version + 2, 2);
  assert.equal(alone.status, 409, alone.text);
  assert.equal(alone.body.type, 'no_quorum');
  assert.equal((await ask(nodes[2], chatModel)).status, 200);
  // What is not here may be where a client gets it, and this node does not.
  const elsewhere = await ask(nodes[2], 'scarce/demo-small');
  assert.equal(elsewhere.status, 503);
  assert.equal(elsewhere.headers.get('retry-after'), '0');
  assert.equal((await elsewhere.json()).error.code, 'no_provider_available');
});
