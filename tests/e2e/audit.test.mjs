// The audit log: who did what, what happened by itself, and that a crash hides nothing of it.
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { edit } from './page.mjs';
import { Stage, documentOf, until } from './support.mjs';

const stage = new Stage();
let provider;

before(async () => {
  provider = await stage.provider('one');
});
after(() => stage.close());

const events = async (gateway, query = '') => {
  const response = await gateway.admin(`/events${query}`);
  assert.equal(response.status, 200);
  return response.json();
};

const attempts = (gateway, value, note) =>
  edit(gateway, [{ op: 'add', path: '/settings/max_attempts', value }], note);

const refs = (page) => page.items.map((event) => event.ref);

test('a start, a stop and every version of the document are told of', async () => {
  const gateway = await stage.gateway(documentOf({ one: provider }));
  assert.equal((await attempts(gateway, 3, 'three')).status, 200);
  // An edit is acknowledged after its event was written.
  const [newest] = (await events(gateway, '?kind=config')).items;
  assert.deepEqual(
    [newest.by, newest.role, newest.ref, newest.text],
    ['admin', 'admin', '2', 'version 2 by api: three'],
  );
  assert.equal(newest.node, 'node-1');
  await gateway.restart();
  const { items } = await events(gateway, '?kind=config,node');
  const texts = items.map((event) => event.text.replace(/version \d+\.\d+\.\d+/, 'version X'));
  assert.deepEqual(texts, [
    'started, version X',
    'stopped',
    'version 2 by api: three',
    'version 1 by file',
    'started, version X',
  ]);
});

test('versions that a crash left untold are told of at the next start', async () => {
  const gateway = await stage.gateway(documentOf({ one: provider }));
  for (const value of [2, 3, 5]) assert.equal((await attempts(gateway, value, 'x')).status, 200);
  const told = (await events(gateway, '?kind=config')).items;
  await gateway.stop('SIGKILL');
  // As if the process had ended between the third version and its event.
  const folder = path.join(gateway.data, 'events');
  for (const file of readdirSync(folder)) rmSync(path.join(folder, file));
  await gateway.launch();
  // The node serves meanwhile.
  let again = [];
  await until('all are told of', async () => {
    again = (await events(gateway, '?kind=config')).items;
    return again.length === told.length;
  });
  const facts = (list) => list.map(({ t, by, ref, text }) => ({ t, by, ref, text }));
  assert.deepEqual(facts(again), facts(told));
  // And no version is told of twice.
  await gateway.restart();
  assert.deepEqual(refs(await events(gateway, '?kind=config')), ['4', '3', '2', '1']);
});

test('pages are newest first, and go on where the last one ended', async () => {
  const gateway = await stage.gateway(documentOf({ one: provider }));
  for (const value of [2, 3, 5, 6]) await attempts(gateway, value, 'x');
  const first = await events(gateway, '?kind=config&limit=2');
  assert.deepEqual(refs(first), ['5', '4']);
  assert.deepEqual(first.count, { value: 5, exact: true });
  await attempts(gateway, 7, 'x');
  const second = await events(gateway, `?kind=config&limit=2&cursor=${first.next}`);
  assert.deepEqual(refs(second), ['3', '2']);
  const third = await events(gateway, `?kind=config&limit=2&cursor=${second.next}`);
  assert.deepEqual(refs(third), ['1']);
  assert.equal(third.next, null);
  const { t } = first.items[0];
  assert.deepEqual(refs(await events(gateway, `?kind=config&from=${t + 1}`)), ['6']);
  assert.equal((await events(gateway, '?last=1h&kind=cooldown')).items.length, 0);
  const wrongs = ['limit=0', 'limit=501', 'kind=x', 'cursor=x', 'last=x', 'from=x', 'from=2&to=1'];
  for (const wrong of wrongs)
    assert.equal((await gateway.admin(`/events?${wrong}`)).status, 400, wrong);
});

test('a torn last line hides nothing', async () => {
  const gateway = await stage.gateway(documentOf({ one: provider }));
  assert.equal((await events(gateway)).items.length, 2);
  await gateway.stop('SIGKILL');
  const folder = path.join(gateway.data, 'events');
  const [file] = readdirSync(folder);
  appendFileSync(path.join(folder, file), '{"n":   200,"c":"00000000","t":1795');
  await gateway.launch();
  const kinds = (await events(gateway)).items.map(({ kind }) => kind);
  assert.deepEqual(kinds, ['node', 'config', 'node']);
});
