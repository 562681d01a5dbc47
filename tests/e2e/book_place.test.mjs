// Where the permit book lies, and what a node does where there is no room for it. Each node has a
// shared memory of its own here, as small as the test wants it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

import { Stage, binary, documentOf, user } from './support.mjs';

/// A command that starts another where `folder` is a file system of 64 KiB.
const small = (folder) => {
  const script = 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, folder];
};

const stage = new Stage();
after(() => stage.close());

function whyNot() {
  const [command, ...words] = [...small(tmpdir()), 'true'];
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status === 0) return undefined;
  return `the kernel forbids file systems of one's own: ${stderr.trim().replace(/\s+/g, ' ')}`;
}
const skip = whyNot();
if (skip) console.error(`NOT TESTED: permit books without room, because ${skip}`);

test('without room in shared memory the book lies in the data folder', { skip }, async () => {
  const provider = await stage.provider('steady');
  const limited = provider.config({ limits: { rpd: 2 } });
  const within = small('/dev/shm');
  const gateway = await stage.gateway(documentOf({ steady: limited }), { within, place: false });
  const books = () => readdirSync(gateway.data).filter((name) => name.startsWith('llm-gateway-'));
  assert.equal(books().length, 1);
  const ask = () =>
    gateway
      .client()
      .chat.completions.create({ model: 'steady/demo-small', messages: user('echo: a') });
  await ask();
  // It is as good as one in memory: a kill forgets nothing.
  await gateway.stop('SIGKILL');
  await gateway.launch();
  await ask();
  await assert.rejects(ask, { status: 429 });
  assert.equal((await provider.status()).requests, 2);
});

test('a folder without room for the book is an error at the start, and says why', { skip }, () => {
  const folder = stage.folder();
  const config = path.join(folder, 'gateway.json');
  writeFileSync(config, JSON.stringify(documentOf({})));
  const shm = path.join(folder, 'shm');
  mkdirSync(shm);
  const serve = ['serve', '--config', config, '--data', path.join(folder, 'data'), '--shm', shm];
  const [command, ...words] = [...small(shm), binary, ...serve, '--listen', '127.0.0.1:0'];
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8', timeout: 20_000 });
  assert.match(stderr, /permit book .*: no room for \d+ bytes .*; choose another folder/);
  assert.equal(status, 1);
});
