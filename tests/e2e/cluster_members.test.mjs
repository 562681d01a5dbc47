// Members come and go: what a node held is the others', once and in time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { membersOf } from './cluster_nodes.mjs';
import { Judge } from './judge.mjs';
import { portOf, soon } from './nodes.mjs';
import { Stage, sleep } from './support.mjs';

const stage = new Stage();
let authority;
before(() => (authority = new Authority(stage.folder())));
after(() => stage.close());

const window = 6;
const limit = 60;

async function node(document, name, others, more = []) {
  const join = others.flatMap((other) => ['--join', portOf(other)]);
  const place = ['--cluster-listen', '127.0.0.1:0', '--cluster-tls', authority.issue(name)];
  const gateway = await stage.gateway(document, {
    args: ['--node', name, ...place, ...join, ...more],
  });
  await soon('the cluster port listens', () => portOf(gateway));
  const { args } = gateway;
  args[args.indexOf('--cluster-listen') + 1] = portOf(gateway);
  return gateway;
}

const is = (gateway, ...names) =>
  soon(`members are ${names}`, async () => `${await membersOf(gateway)}` === `${names}`);
const idOf = (gateway) => JSON.parse(readFileSync(path.join(gateway.data, 'node.json'), 'utf8')).id;
function writeOff(gateway, name, key) {
  return gateway.post(`/admin/v1/nodes/${name}/write-off`, '', {
    authorization: `Bearer ${gateway.adminKey()}`,
    ...(key ? { 'idempotency-key': key } : {}),
  });
}

async function three(document, more = []) {
  const one = await node(document, 'gw-1', []);
  const two = await node(document, 'gw-2', [one]);
  const last = await node(document, 'gw-3', [one, two], more);
  for (const gateway of [one, two, last]) await is(gateway, 'gw-1', 'gw-2', 'gw-3');
  return [one, two, last];
}

test('a node that leaves under load hands all it has to the others', async (t) => {
  const judge = await Judge.of(stage, { window, limit });
  const leaving = ['--leave-on-stop', '--drain-seconds', '25'];
  const [one, two, last] = await three(judge.document, leaving);
  const answers = {};
  // All permits are where the calls are. They may come in bursts, one in more than a window.
  const there = judge.load(last, answers);
  await sleep(window * 1000);
  const alone = await judge.shareOf(3 * window);
  assert.ok(alone > 0.5, `only ${alone}`);
  const began = Date.now();
  const stopping = last.stop();
  const here = [judge.load(one, answers), judge.load(two, answers)];
  const { code } = await stopping;
  const seconds = (Date.now() - began) / 1000;
  await there.stop();
  assert.equal(code, 0);
  const said = [last, one, two].map((gateway) => gateway.running.output).join('\n');
  assert.ok(last.running.output.includes('node has left the cluster'), said);
  t.diagnostic(`it left within ${seconds} s`);
  assert.ok(seconds < 20, `it took ${seconds} s`);
  for (const gateway of [one, two]) await is(gateway, 'gw-1', 'gw-2');
  const share = await judge.shareOf(2 * window);
  const { over } = await judge.status();
  t.diagnostic(`the others use ${(share * 100).toFixed(0)} %, ${over} over`);
  assert.ok(share > 0.6, `only ${share}`);
  for (const one of here) await one.stop();
  assert.equal((await judge.status()).over, 0);

  // Its data folder is nobody's: started again it is another node.
  const before = idOf(last);
  await last.launch();
  await is(one, 'gw-1', 'gw-2', 'gw-3');
  assert.equal(idOf(last), before);

  // Who began the cluster leads it, and hands on before it goes.
  assert.equal((await one.stop()).code, 0);
  assert.match(one.running.output, /leadership is handed on to=gw-\d begun=true/);
});

test('what a node held that is off for good is there again, and it comes back new', async (t) => {
  const judge = await Judge.of(stage, { window, limit });
  const [one, two, last] = await three(judge.document);
  assert.equal((await writeOff(one, 'gw-9')).status, 404);
  assert.equal((await writeOff(one, 'gw-1')).status, 409);
  await soon('it is a member, and heard', async () => {
    const { status } = await writeOff(one, 'gw-3');
    assert.ok(status === 404 || status === 409, `${status}`);
    return status === 409;
  });
  const answers = {};
  const there = judge.load(last, answers);
  await sleep(2.5 * window * 1000);
  await last.stop('SIGKILL');
  await there.stop();
  const here = [judge.load(one, answers), judge.load(two, answers)];
  await soon('it is missed', async () => (await writeOff(one, 'gw-3', 'k-1')).status === 202);
  const began = Date.now();
  const shown = await (await writeOff(one, 'gw-3', 'k-1')).json();
  assert.equal(shown.state, 'under_way');
  assert.ok(shown.ready_in_ms > 5_000, JSON.stringify(shown));
  await soon('it is removed', async () => (await writeOff(one, 'gw-3', 'k-1')).status === 200);
  const seconds = (Date.now() - began) / 1000;
  t.diagnostic(`written off within ${seconds} s`);
  assert.ok(seconds > 9);
  for (const gateway of [one, two]) await is(gateway, 'gw-1', 'gw-2');
  const share = await judge.shareOf(2 * window);
  t.diagnostic(`the others use ${(share * 100).toFixed(0)} %`);
  assert.ok(share > 0.6, `only ${share}`);
  const { items } = await (await one.admin('/events?limit=50')).json();
  assert.ok(items.some((event) => event.text === 'said that gw-3 is off for good'));

  const before = idOf(last);
  await last.launch();
  const again = judge.load(last, answers);
  await is(one, 'gw-1', 'gw-2', 'gw-3');
  await soon('it is another node', () => idOf(last) !== before);
  await again.stop();
  last.url = [...last.running.output.matchAll(/listening on (\S+)/g)].at(-1)[1];
  await is(last, 'gw-1', 'gw-2', 'gw-3');
  for (const load of here) await load.stop();
  const moved = judge.load(last, (answers.last = {}));
  await soon('it answers', () => answers.last[200] > 0);
  await moved.stop();
  assert.equal((await judge.status()).over, 0);
  assert.equal((await writeOff(one, 'gw-3', 'k-1')).status, 200, 'the one that it meant is gone');
});
