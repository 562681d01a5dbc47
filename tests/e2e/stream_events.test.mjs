// What a stream tells beside its ticks: how things are when that changes, and requests one by one.
// Each event is judged by actors/api/openapi.yaml where it is heard (sse.mjs).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { editorOf, put } from './editor.mjs';
import { Listener } from './sse.mjs';
import { Stage, documentOf, sleep, until, user } from './support.mjs';

// For so long all who come are given the same snapshot, and what was told since behind it.
const snapshotShared = 2_000;

const stage = new Stage();
after(() => stage.close());

let swift;
let spare;
let gateway;

before(async () => {
  swift = await stage.provider('swift', 'openai', { latency_ms: 5 });
  spare = await stage.provider('spare', 'anthropic', { latency_ms: 5 });
  const target = (provider) => ({ provider, model: 'demo-small' });
  gateway = await stage.gateway(
    documentOf(
      {
        swift: swift.config({ models: ['demo-small'], limits: { rpm: 600 } }),
        spare: spare.config({ models: ['demo-small', 'demo-large'] }),
        keyless: { ...swift.config(), api_key: 'env:NO_SUCH_VARIABLE' },
      },
      {
        settings: { cooldown: true },
        routes: { both: { policy: 'priority', targets: [target('swift'), target('spare')] } },
      },
    ),
  );
});

const ask = (model) => gateway.post('/v1/chat/completions', { model, messages: user('echo: hi') });
const answered = async (model) => {
  const answer = await ask(model);
  assert.equal(answer.status, 200);
  return answer.headers.get('x-request-id');
};
const clearCooldown = async (provider) => {
  const cleared = await gateway.fetch(`/admin/v1/providers/${provider}/clear-cooldown`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.adminKey()}` },
  });
  assert.equal(cleared.status, 200);
};
const ids = (stream, name) =>
  stream.named(name).flatMap(({ data }) => data.items.map((item) => item.id));

test('a cooldown is told with its cause and end, and that it is over', async () => {
  const stream = await Listener.open(gateway);
  assert.deepEqual((await stream.next('snapshot')).attention, []);
  await swift.order({ fail: '429', wait_ms: 60_000, count: 1 });
  assert.equal((await ask('swift/demo-small')).status, 429);

  const health = await stream.next('health');
  assert.equal(health.provider, 'swift');
  assert.equal(health.state, 'cooldown');
  assert.equal(health.reason, 'rate_limited');
  assert.equal(health.by, 'node-1');
  const left = health.until - Date.now();
  assert.ok(left > 30_000 && left < 120_000, `${left} ms left`);

  const { items } = await stream.next('attention');
  assert.equal(items.length, 1);
  const [matter] = items;
  assert.equal(matter.id, 'cooldown:swift');
  assert.equal(matter.text, 'swift is cooling down: it answered 429');
  assert.equal(matter.severity, 'warn');
  assert.equal(matter.href, '/providers/swift');
  assert.equal(matter.until, health.until);
  assert.ok(matter.since <= Date.now() && matter.since > Date.now() - 30_000);

  await sleep(snapshotShared);
  const late = await Listener.open(gateway);
  const snapshot = await late.next('snapshot');
  assert.deepEqual(snapshot.attention, items);
  const row = snapshot.providers.find(({ id }) => id === 'swift');
  assert.equal(row.health.state, 'cooldown');
  assert.equal(row.health.until, health.until);

  await clearCooldown('swift');
  for (const one of [stream, late]) {
    await one.next('health', ({ provider, state }) => provider === 'swift' && state === 'ok');
    await one.next('attention', (event) => event.items.length === 0);
    await one.leave();
  }
});

test('a provider with one model that rests is degraded, and says how many', async () => {
  const stream = await Listener.open(gateway);
  await stream.next('snapshot');
  await spare.order({ fail: '429', wait_ms: 60_000, count: 1 });
  assert.equal((await ask('spare/demo-large')).status, 429);
  const isTold = ({ provider, state }) => provider === 'spare' && state === 'degraded';
  await stream.next('health', isTold);
  const { items } = await stream.next('attention', (event) => event.items.length > 0);
  assert.deepEqual(
    items.map(({ text }) => text),
    ['spare lacks 1 of 2 models: it answered 429'],
  );
  await answered('spare/demo-small');
  await clearCooldown('spare');
  await stream.next('attention', (event) => event.items.length === 0);
  await stream.leave();
});

test('a failover is told with the one that failed, to whom asked for failovers', async () => {
  const stream = await Listener.open(gateway, 'topics=failover');
  const other = await Listener.open(gateway, 'topics=tick');
  for (const one of [stream, other]) await one.next('snapshot');
  await answered('both');
  await swift.order({ fail: '500', count: 1 });
  const id = await answered('both');
  const { items, dropped } = await stream.next('failover');
  assert.equal(dropped, 0);
  assert.equal(items.length, 1);
  const [row] = items;
  assert.equal(row.id, id);
  assert.equal(row.outcome, 'failover');
  assert.equal(row.first_provider, 'swift');
  assert.equal(row.first_error, 'server_error');
  const log = await (await gateway.admin('/requests?limit=10')).json();
  assert.deepEqual(row, log.items.find((item) => item.id === id)); // read back from its line
  assert.equal(row.provider, 'spare');
  assert.equal(row.attempts, 2);
  assert.equal(row.route, 'both');
  await until('the other heard of both', () => other.requests() >= stream.requests() + 2);
  assert.equal(other.named('failover').length, 0);
  await stream.leave();
  await other.leave();
});

test('requests are told one by one, to each by its own filter', async () => {
  const open = (query) => Listener.open(gateway, query);
  const all = await open('topics=request');
  const ofSpare = await open('topics=request&f=provider:eq:spare');
  const both = await open('topics=request&f=provider:eq:spare&f=tokens_out:gt:1');
  const none = await open('topics=tick');
  for (const one of [all, ofSpare, both, none]) await one.next('snapshot');
  const first = await answered('swift/demo-small');
  const second = await answered('spare/demo-small'); // "hi": one token
  const answer = await gateway.post('/v1/chat/completions', {
    model: 'spare/demo-small',
    messages: user('echo: one two three'),
  });
  const third = answer.headers.get('x-request-id');
  const mine = new Set([first, second, third]);
  const heard = (stream) => ids(stream, 'request').filter((id) => mine.has(id));
  await until('all are told', () => heard(all).length === 3);
  assert.deepEqual(new Set(heard(all)), mine);
  await until('both of spare are told', () => heard(ofSpare).length === 2);
  assert.deepEqual(new Set(heard(ofSpare)), new Set([second, third]));
  await until('the long one is told', () => heard(both).length === 1);
  assert.deepEqual(heard(both), [third]);
  await until('it was counted', () => none.named('tick').length > 0);
  assert.equal(none.named('request').length, 0);
  // A row is that of the request log.
  const { items } = await (await gateway.admin('/requests?limit=10')).json();
  const rows = both.named('request').flatMap(({ data }) => data.items);
  const isThird = ({ id }) => id === third;
  assert.deepEqual(rows.find(isThird), items.find(isThird));
  for (const one of [all, ofSpare, both, none]) await one.leave();
});

test('more than fifty rows a second are told as a number', async () => {
  await sleep(snapshotShared); // no rows of the tests before
  const stream = await Listener.open(gateway, 'topics=request,tick');
  await stream.next('snapshot');
  const before = stream.requests();
  const count = 400;
  await Promise.all(Array.from({ length: count }, () => answered('spare/demo-small')));
  await until('all are counted', () => stream.requests() === before + count, 10_000);
  const sum = () =>
    stream.named('request').reduce((all, { data }) => all + data.items.length + data.dropped, 0);
  const known = ids(stream, 'request').length;
  assert.ok(known >= 50 && known < count, `${known} rows`);
  await answered('spare/demo-small');
  await until('what was left out is told with the next row', () => sum() === count + 1);
  await stream.leave();
});

test('a filter that there is not is refused, and so are too many of them', async () => {
  const odd = await gateway.admin('/stream?topics=request&f=nonsense');
  assert.equal(odd.status, 400);
  assert.equal((await odd.json()).type, 'invalid_value');
  const query = (i) => `topics=request&f=model:eq:m${i}`;
  const streams = [];
  // Those of the test before count on for half a minute.
  let refused;
  for (let i = 0; i <= 32 && !refused; ++i) {
    const answer = await gateway.admin(`/stream?${query(i)}`);
    if (answer.status === 200) streams.push(answer);
    else refused = answer;
  }
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '5');
  assert.match((await refused.json()).detail, /filters/);
  assert.ok(streams.length >= 25, `${streams.length} were let in`);
  const known = await Listener.open(gateway, query(0));
  await known.next('snapshot');
  await known.leave();
  for (const answer of streams) await answer.body.cancel();
  // Nobody was counted who was not let in: who listens now is told four times a second.
  const stream = await Listener.open(gateway);
  await stream.next('snapshot');
  await answered('spare/demo-small');
  await stream.next('tick', ({ tot }) => tot[0] === 1);
  await stream.leave();
});

test('shares are told to who looks at a provider, all of them at first', async () => {
  const stream = await Listener.open(gateway, 'topics=share:swift');
  const other = await Listener.open(gateway, 'topics=share:spare');
  const { w, shares, pool } = await stream.next('share');
  assert.equal(w, 'rpm');
  assert.equal(pool, 0);
  const [[node, hold, used]] = shares;
  assert.equal(node, 'node-1');
  const { windows } = await (await gateway.admin('/providers/swift')).json();
  assert.equal(hold, windows[0].limit);
  for (let i = 0; i < 3; ++i) await answered('swift/demo-small');
  await stream.next('share', (event) => event.shares[0][2] === used + 3);
  assert.equal(other.named('share').length, 0);
  await stream.leave();
  await other.leave();
});

test('a version in force is told with who made it and why, and so is its node', async () => {
  const stream = await Listener.open(gateway, 'topics=tick');
  const { config_version: base } = await stream.next('snapshot');
  const edited = await editorOf(gateway).patch(base, [put('/settings/max_attempts', 3)], {
    'x-note': 'three "attempts"',
  });
  assert.equal(edited.status, 200, edited.text);
  const event = await stream.next('config');
  assert.equal(event.version, base + 1);
  assert.equal(event.via, 'api');
  assert.equal(event.note, 'three "attempts"');
  assert.deepEqual(event.nodes, [{ node: 'node-1', version: base + 1 }]);
  const { items } = await (await gateway.admin('/config/history?limit=1')).json();
  assert.equal(event.by, items[0].by);
  assert.equal(event.at, items[0].at);
  assert.deepEqual(event.summary, items[0].summary);
  const node = await stream.next('node');
  assert.equal(node.id, 'node-1');
  assert.equal(node.config_version, base + 1);
  assert.equal(node.state, 'ok');
  await stream.leave();
});

test('who hears of a version finds its providers in the next snapshot', async () => {
  const stream = await Listener.open(gateway);
  const { config_version: base } = await stream.next('snapshot');
  const patch = [put('/providers/added', swift.config({ models: ['demo-small'] }))];
  assert.equal((await editorOf(gateway).patch(base, patch)).status, 200);
  await stream.next('config', ({ version }) => version === base + 1);
  const late = await Listener.open(gateway);
  const { providers } = await late.next('snapshot');
  assert.deepEqual(
    providers.map(({ id }) => id),
    ['added', 'keyless', 'spare', 'swift'],
  );
  await stream.leave();
  await late.leave();
});

test('an operator who drains is told of, with the name', async () => {
  const stream = await Listener.open(gateway, 'topics=attention');
  await stream.next('snapshot');
  const act = (word) =>
    gateway.fetch(`/admin/v1/providers/spare/${word}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.adminKey()}` },
    });
  assert.equal((await act('drain')).status, 200);
  const { items } = await stream.next('attention', (event) => event.items.length > 0);
  assert.match(items[0].text, /^spare is drained by .+/);
  assert.equal(items[0].severity, 'info');
  assert.equal((await act('undrain')).status, 200);
  await stream.next('attention', (event) => event.items.length === 0);
  await stream.leave();
});
