// A replay of a log that is longer than what it may take of memory.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { editorOf, put } from './editor.mjs';
import { binary, documentOf, Stage, until, user } from './support.mjs';

const stage = new Stage();
let gateway, editor;
before(async () => {
  const cheap = await stage.provider('cheap');
  gateway = await stage.gateway(documentOf({ cheap: cheap.config({ models: ['demo-small'] }) }));
});
after(() => stage.close());

// The day before today, as tests/persistence/make_history.cpp makes it up.
const longLog = 100_000; // 44 MB
const bytesAReplay = 22e6; // half of that
// A replay gives way to all that runs on the machine: this is for one that is busy.
const patience = 240_000;
const residentBytes = () => {
  const status = readFileSync(`/proc/${gateway.running.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
};
const patch = [put('/providers/cheap/limits', { rpm: 5 })];
const beginWeek = () => editor.post('/replay', { base: 1, patch, last: '7d' });
const lookAt = async (id) => (await editor.get(`/replay/${id}`)).body;

test('a long replay tells how far it is, and takes no memory for the log', async (t) => {
  await gateway.stop('SIGTERM');
  const maker = path.join(path.dirname(binary), 'tests/persistence/make-history');
  const today = new Date().toISOString().slice(0, 10);
  const words = ['--until', today, '--days', '1', '--requests', String(longLog)];
  execFileSync(maker, [gateway.data, ...words]);
  await gateway.launch();
  editor = editorOf(gateway);
  const earlier = residentBytes();
  const { status, body } = await beginWeek();
  assert.equal(status, 202);
  const told = [];
  let most = 0;
  let answered = 0;
  await until(
    'it is done',
    async () => {
      const { state, progress, requests } = await lookAt(body.id);
      told.push({ progress, requests });
      most = Math.max(most, residentBytes());
      const messages = user('echo: meanwhile');
      const model = 'cheap/demo-small';
      const answer = await gateway.post('/v1/chat/completions', { model, messages });
      await answer.arrayBuffer();
      if (answer.status === 200) ++answered;
      return state === 'done';
    },
    patience,
  );
  t.diagnostic(`${told.length} looks, ${((most - earlier) / 2 ** 20).toFixed(1)} MiB more`);
  assert.equal(answered, told.length);
  assert.ok(told.at(-1).requests >= longLog);
  assert.ok(told.filter(({ progress }) => progress > 0 && progress < 1).length > 3);
  for (const [i, look] of told.entries())
    assert.ok(i === 0 || look.progress >= told[i - 1].progress);
  assert.ok(most - earlier < bytesAReplay, `${most - earlier} bytes more`);
});

test('a replay is cancelled while it runs, and makes room for another', async () => {
  const runningMax = 4;
  const ids = [];
  for (let i = 0; i < runningMax; ++i) ids.push((await beginWeek()).body.id);
  assert.equal((await beginWeek()).status, 503);
  const { state, progress } = await lookAt(ids[0]);
  assert.equal(state, 'running');
  assert.ok(progress < 1);
  assert.equal((await editor.remove(`/replay/${ids[0]}`)).status, 204);
  assert.equal((await editor.get(`/replay/${ids[0]}`)).status, 404);
  const next = await beginWeek();
  assert.equal(next.status, 202);
  for (const id of [...ids.slice(1), next.body.id])
    assert.equal((await editor.remove(`/replay/${id}`)).status, 204);
});
