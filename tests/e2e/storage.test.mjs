// A disk that is full. The node's data folder is a small file system of its own, in a mount
// namespace that ends with the node.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';

import { Stage, documentOf, until, user } from './support.mjs';

const stage = new Stage();
let provider;
let gateway;
let filler;

const mounted = `for word; do [ "$before" = --data ] && data=$word; before=$word; done
mkdir -p "$data" && mount -t tmpfs -o size=16m tmpfs "$data" && exec "$@"`;

function whyNot() {
  const words = ['--mount', 'sh', '-c', mounted, 'sh', 'true', '--data', tmpdir()];
  const { status, stderr } = spawnSync('unshare', words, { encoding: 'utf8' });
  if (status === 0) return undefined;
  return `the kernel forbids file systems of one's own: ${stderr.trim().replace(/\s+/g, ' ')}`;
}
const skip = whyNot();
if (skip) console.error(`NOT TESTED: a full disk, because ${skip}`);

before(async () => {
  if (skip) return;
  provider = await stage.provider('steady', 'openai');
  gateway = await stage.gateway(documentOf({ steady: provider }), {
    within: ['unshare', '--mount', 'sh', '-c', mounted, 'sh'],
  });
  filler = `/proc/${gateway.running.child.pid}/root${gateway.data}/filler`;
});
after(() => stage.close());

const ask = () =>
  gateway.post('/v1/chat/completions', { model: 'steady/demo-small', messages: user('echo: a') });
const isReady = async () => (await gateway.fetch('/readyz')).status === 200;

function fillUp() {
  const file = openSync(filler, 'w');
  const page = Buffer.alloc(4096);
  assert.throws(
    () => {
      for (;;) writeSync(file, page);
    },
    { code: 'ENOSPC' },
  );
  closeSync(file);
}

test('what could not be recorded was not answered, and may come again', { skip }, async () => {
  fillUp();
  let response = await ask();
  for (let asked = 0; response.status === 200 && asked < 100; ++asked) response = await ask();
  assert.equal(response.status, 503);
  const { error } = await response.json();
  assert.equal(error.code, 'storage_unavailable');
  assert.equal(error.message, "Usage can't be recorded at this moment.");
  assert.equal(response.headers.get('retry-after'), '1');
  assert.equal(await isReady(), false);
});

test('while nothing can be recorded no provider is asked', { skip }, async () => {
  const { requests } = await provider.status();
  for (let i = 0; i < 5; ++i) {
    const response = await ask();
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '1');
  }
  assert.equal((await provider.status()).requests, requests);
});

test('with room again it goes on by itself', { skip }, async () => {
  unlinkSync(filler);
  await until('ready', isReady);
  assert.equal((await ask()).status, 200);
});
