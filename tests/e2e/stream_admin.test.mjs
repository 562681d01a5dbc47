// What the dashboard is told: the view by REST, and the same as a stream of events.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { Listener } from './sse.mjs';
import { Stage, documentOf, sleep, until, user } from './support.mjs';

const stage = new Stage();
after(() => stage.close());

let swift;
let slow;
let gateway;

before(async () => {
  swift = await stage.provider('swift', 'openai', { latency_ms: 5 });
  slow = await stage.provider('slow', 'anthropic', { latency_ms: 5 });
  gateway = await stage.gateway(
    documentOf({
      swift: swift.config({ limits: { rpm: 600 } }),
      slow: slow.config(),
      keyless: { ...swift.config(), api_key: 'env:NO_SUCH_VARIABLE' },
    }),
  );
});

const ask = (model) => gateway.post('/v1/chat/completions', { model, messages: user('echo: hi') });
const asks = async (model, count) => {
  const answers = await Promise.all(Array.from({ length: count }, () => ask(model)));
  for (const answer of answers) assert.equal(answer.status, 200);
};
const json = async (route) => (await gateway.admin(route)).json();

test('providers are shown with what has just ended', async () => {
  for (let i = 0; i < 3; ++i) assert.equal((await ask('swift/demo-small')).status, 200);
  await swift.order({ fail: '500', count: 1 });
  assert.equal((await ask('swift/demo-small')).status, 502);

  const { items, count, scope } = await json('/providers');
  assert.deepEqual(scope.nodes, ['node-1']);
  assert.deepEqual(items.map((item) => item.id), ['keyless', 'slow', 'swift']);
  assert.equal(count.value, 3);
  const [keyless, idle, busy] = items;
  assert.equal(keyless.health.state, 'disabled');
  assert.equal(keyless.health.reason, 'NO_SUCH_VARIABLE is not set');
  assert.equal(busy.now.rpm, 4);
  assert.equal(busy.now.err_ratio, 0.25);
  assert.equal(busy.windows[0].used, 4);
  assert.ok(BigInt(busy.cost_today_n) > 0n);
  assert.equal(busy.strip.s.length, 60);
  assert.match(busy.strip.s, /[we]/);
  assert.equal(idle.now.rpm, 0);
  assert.equal(idle.now.err_ratio, null);
  assert.equal(idle.cost_today_n, '0');

  const one = await json('/providers/swift');
  assert.equal(one.now.rpm, 4);
  assert.deepEqual(one.models.map((model) => model.id), ['demo-large', 'demo-small']);
  assert.equal((await gateway.admin('/providers/nobody')).status, 404);
});

test('a node that is alone is its cluster', async () => {
  const cluster = await json('/cluster');
  assert.equal(cluster.broker, 'node-1');
  assert.equal(cluster.quorum, true);
  assert.equal(cluster.nodes.length, 1);
  const [node] = cluster.nodes;
  assert.equal(node.state, 'ok');
  assert.match(node.version, /^\d+\.\d+\.\d+$/);
  assert.ok(node.rss > 1_000_000);
  assert.ok(node.ttft_ms.p50 > 0);
  assert.ok(node.last_seen >= node.started);
});

test("a restart takes a provider's strip and the day's cost from the store", async () => {
  const before = await json('/providers/swift');
  await gateway.restart();
  const after = await json('/providers/swift');
  assert.equal(after.cost_today_n, before.cost_today_n);
  assert.match(after.strip.s, /[we]/);
});

test('a stream begins with all there is and goes on with what changes', async () => {
  const stream = await Listener.open(gateway);
  assert.equal(stream.response.headers.get('cache-control'), 'no-store');
  assert.equal(stream.response.headers.get('x-accel-buffering'), 'no');
  const hello = await stream.next('hello');
  assert.equal(hello.resumed, false);
  assert.equal(hello.tick_ms, 250);
  assert.deepEqual(hello.nodes, ['node-1']);
  const snapshot = await stream.next('snapshot');
  assert.equal(snapshot.totals.v.length, 900);
  assert.deepEqual(
    snapshot.providers.map((provider) => provider.id),
    ['keyless', 'slow', 'swift'],
  );
  const before = stream.requests();
  await asks('swift/demo-small', 5);
  await until('five more are told', () => stream.requests() === before + 5);
  const id = snapshot.ids.p.swift;
  const rows = stream.named('tick').flatMap(({ data }) => data.p?.[id] ?? []);
  assert.ok(rows.length > 0);
  const sum = (column) =>
    stream.named('tick').reduce((all, { data }) => all + (data.p?.[id]?.[column] ?? 0), 0);
  assert.equal(sum(0), 5);
  assert.equal(sum(1), 5);
  // Each event has the number behind the one before.
  const numbers = stream.events.filter(({ name }) => name === 'tick').map(({ id }) => id);
  assert.equal(new Set(numbers).size, numbers.length);
  await stream.leave();
});

test('figures change four times a second under load', async () => {
  const stream = await Listener.open(gateway, 'topics=tick');
  let running = true;
  const load = (async () => {
    while (running) await ask('slow/demo-small');
  })();
  await until('ticks come', () => stream.named('tick').length >= 13, 10_000);
  running = false;
  await load;
  const times = stream.named('tick').map(({ data }) => data.t);
  const pauses = times.slice(1).map((t, i) => t - times[i]);
  pauses.sort((a, b) => a - b);
  assert.ok(pauses[pauses.length >> 1] <= 300, `pauses of ${pauses} ms`);
  await stream.leave();
});

/// Requests of the ledger, for comparison with what a stream has told.
const recorded = async () =>
  (await json('/usage?last=1h')).items.reduce((sum, item) => sum + item.requests, 0);

test('a stream that was cut goes on and counts nothing twice', async () => {
  const first = await Listener.open(gateway);
  await first.next('snapshot');
  await sleep(600);
  const older = (await recorded()) - first.requests(); // of the life before
  await asks('swift/demo-small', 3);
  await until('three are told', async () => older + first.requests() === (await recorded()));
  await first.leave();
  const told = older + first.requests();
  await asks('swift/demo-small', 4); // while nobody listens
  for (const [query, headers] of [
    ['', { 'last-event-id': first.lastId }],
    [`last_event_id=${first.lastId}`, {}],
  ]) {
    const again = await Listener.open(gateway, query, headers);
    assert.equal((await again.next('hello')).resumed, true);
    await asks('swift/demo-small', 2);
    await until('all is told', async () => told + again.requests() === (await recorded()));
    await sleep(600);
    assert.equal(told + again.requests(), await recorded());
    assert.equal(again.named('snapshot').length, 0);
    await again.leave();
  }
});

test('a stream of somebody else, or of long ago, begins anew', async () => {
  for (const id of ['0.0', 'nonsense', `${'f'.repeat(8)}.3`]) {
    const stream = await Listener.open(gateway, '', { 'last-event-id': id });
    assert.equal((await stream.next('hello')).resumed, false);
    await stream.next('snapshot');
    await stream.leave();
  }
});

test('a hidden page hears once a second, and the same in all', async () => {
  const stream = await Listener.open(gateway, 'topics=tick&hz=1');
  assert.equal((await stream.next('hello')).tick_ms, 1000);
  await stream.next('snapshot');
  const before = stream.requests();
  for (let i = 0; i < 30; ++i) await asks('swift/demo-small', 1);
  await until('all is told', () => stream.requests() === before + 30, 10_000);
  await sleep(2000);
  assert.equal(stream.requests(), before + 30);
  const times = stream.named('tick').map(({ data }) => data.t);
  for (let i = 2; i < times.length; ++i) assert.ok(times[i] - times[i - 1] > 600, `${times}`);
  await stream.leave();
});

test('a stream that has nothing to tell beats', async () => {
  const stream = await Listener.open(gateway, 'topics=attention');
  const hello = await stream.next('hello');
  assert.ok((await stream.next('beat')).now > hello.now);
  const { lastId } = stream;
  await stream.leave();
  const again = await Listener.open(gateway, 'topics=attention', { 'last-event-id': lastId });
  assert.equal((await again.next('hello')).resumed, true);
  await again.leave();
});

test('who may not listen, or asks for what there is not, is told so', async () => {
  assert.equal((await gateway.fetch('/admin/v1/stream')).status, 401);
  for (const query of ['topics=nothing', 'topics=share:', 'hz=3']) {
    const refused = await gateway.admin(`/stream?${query}`);
    assert.equal(refused.status, 400, query);
    assert.equal((await refused.json()).type, 'invalid_value');
  }
  const head = await fetch(`${gateway.url}/admin/v1/stream`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${gateway.adminKey()}` },
  });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-type'), 'text/event-stream');
});

test('an admin who is removed hears no more', async () => {
  const key = 'key-of-a-guest';
  const hash = `sha256:${createHash('sha256').update(key).digest('hex')}`;
  const edit = async (patch) => {
    const { version } = await json('/config');
    const edited = await gateway.fetch('/admin/v1/config', {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${gateway.adminKey()}`,
        'content-type': 'application/json-patch+json',
        'if-match': `"${version}"`,
      },
      body: JSON.stringify(patch),
    });
    assert.equal(edited.status, 200, await edited.clone().text());
  };
  await edit([{ op: 'add', path: '/admins', value: { guest: { hash, role: 'viewer' } } }]);
  const guest = await Listener.open(gateway, '', { authorization: `Bearer ${key}` });
  const admin = await Listener.open(gateway);
  await guest.next('snapshot');
  await edit([{ op: 'remove', path: '/admins/guest' }]);
  assert.equal(await guest.ended, 'ended');
  assert.equal(admin.over, undefined);
  await admin.leave();
});

test('a reader that takes nothing for a while gets ticks merged', async () => {
  // A snapshot of so many providers is more than the network holds for a reader that sleeps.
  const limits = { rpm: 1e6, tpm: 1e9, rpd: 1e7, tpd: 1e10, concurrency: 1000 };
  const config = swift.config({ limits });
  const many = Object.fromEntries(
    Array.from({ length: 400 }, (_, i) => [`p${String(i).padStart(3, '0')}`, config]),
  );
  const crowd = await stage.gateway(documentOf(many));
  await until('the node has looked at all of them', async () => {
    const { items } = await (await crowd.admin('/providers')).json();
    return items.every(({ windows }) => windows.length > 0);
  });
  const { hostname, port } = new URL(crowd.url);
  const socket = net.connect(Number(port), hostname);
  socket.pause();
  socket.write(
    `GET /admin/v1/stream?topics=tick HTTP/1.1\r\nhost: ${hostname}\r\n` +
      `authorization: Bearer ${crowd.adminKey()}\r\n\r\n`,
  );
  for (let i = 0; i < 10; ++i) {
    const model = `p${String(i).padStart(3, '0')}/demo-small`;
    const answer = await crowd.post('/v1/chat/completions', { model, messages: user('echo: a') });
    assert.equal(answer.status, 200);
    await sleep(200);
  }
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (piece) => (text += piece));
  socket.resume();
  await until('a merged tick', () => /"merged":\d+/.test(text), 10_000);
  const [, merged] = /"merged":(\d+)/.exec(text);
  assert.ok(Number(merged) >= 2, merged);
  socket.destroy();
  await crowd.stop();
});

test('a stop does not wait for streams', async () => {
  const streams = await Promise.all([Listener.open(gateway), Listener.open(gateway, 'hz=1')]);
  for (const stream of streams) await stream.next('snapshot');
  const began = performance.now();
  assert.equal((await gateway.stop()).code, 0);
  for (const stream of streams) assert.equal(await stream.ended, 'ended');
  assert.ok(performance.now() - began < 10_000); // --drain-seconds is 30
});
