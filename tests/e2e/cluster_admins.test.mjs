// Who signs in at one node of a cluster is known at all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { soon, startCluster } from './cluster_nodes.mjs';
import { Page, asScript, ownKey } from './page.mjs';
import { Stage, documentOf } from './support.mjs';

const stage = new Stage();
let one;
let two;

before(async () => {
  const config = documentOf({ steady: await stage.provider('steady') });
  [one, two] = await startCluster(stage, 2, { signer: new Authority(stage.folder()), config });
});
after(() => stage.close());

const accepts = async (gateway, key) => (await asScript(gateway, key, 'GET', '/me')).status === 200;
/// The page as it is served by another node: a cookie's name has the port.
function movedTo(page, gateway) {
  const moved = new Page(gateway);
  const [from, to] = [page.gateway, gateway].map(({ url }) => new URL(url).port);
  moved.cookie = page.cookie.replace(from, to);
  moved.me = page.me;
  return moved;
}

test("each node's admin key is good at the others", async () => {
  await soon('told', () => accepts(two, ownKey(one)));
  await soon('told', () => accepts(one, ownKey(two)));
  assert.ok(!(await accepts(two, 'a key that nobody has given out')));
});

test('a session holds on every node, and ends on all of them', async () => {
  const here = new Page(one);
  assert.equal((await here.signIn(ownKey(one))).status, 200);
  const there = movedTo(here, two);
  await soon('told', async () => (await there.fetch('GET', '/me')).status === 200);
  const me = await (await there.fetch('GET', '/me')).json();
  assert.equal(me.csrf, here.me.csrf);
  assert.equal((await there.fetch('DELETE', '/session')).status, 204);
  assert.equal((await here.fetch('GET', '/me')).status, 401);
  assert.equal((await there.fetch('GET', '/me')).status, 401);
});
