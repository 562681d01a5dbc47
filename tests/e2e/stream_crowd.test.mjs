// Five hundred browsers on one node, half of them reading slowly or not at all.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { validateEvent } from './openapi.mjs';
import { takeEvents } from './sse.mjs';
import { Stage, documentOf, sleep, until, user } from './support.mjs';

const fastCount = 250;
const idleCount = 125; // read nothing while there is load
const tricklingCount = 125; // read a piece, and wait
const tricklePause = 400;
const snapshotShared = 2_000; // Broadcaster::snapshot_shared
const providerCount = 300;
const requestCount = 3_000;
const atOnce = 16;
// What each browser may cost the node, whatever it does; measured: a quarter of it.
const bytesABrowser = 64 * 1024;

const stage = new Stage();
const agent = new http.Agent({ maxSockets: Infinity });
after(async () => {
  agent.destroy();
  await stage.close();
});

let gateway;
const names = Array.from({ length: providerCount }, (_, i) => `p${String(i).padStart(3, '0')}`);

before(async () => {
  const upstream = await stage.provider('swift', 'openai', { latency_ms: 2 });
  // Many windows make a snapshot that is more than the network holds for who does not read.
  const limits = { rpm: 1e6, tpm: 1e9, rpd: 1e7, tpd: 1e10, concurrency: 1000 };
  const config = upstream.config({ models: ['demo-small'], limits });
  const providers = Object.fromEntries(names.map((name) => [name, config]));
  gateway = await stage.gateway(documentOf(providers));
  await until('the node has looked at all providers', async () => {
    const { items } = await (await gateway.admin('/providers?limit=500')).json();
    return items.every(({ windows }) => windows.length > 0);
  });
});

/// Adds up what a page would show. It keeps sums, not events: there are many of them.
class Browser {
  requests = 0;
  begins = 0; // snapshots
  judges = false; // whether its events are as openapi.yaml says: for all it would be slow
  #text = '';
  #names = new Map(); // by number
  #perProvider = new Map();
  #inFlight = new Map();

  static open() {
    const browser = new Browser();
    return new Promise((resolve, reject) => {
      const request = http.get(`${gateway.url}/admin/v1/stream`, {
        agent,
        headers: { authorization: `Bearer ${gateway.adminKey()}` },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        browser.response = response;
        assert.equal(response.statusCode, 200);
        response.setEncoding('utf8');
        response.on('error', () => (browser.cut = true));
        resolve(browser);
      });
    });
  }

  /// Reads all it can, or a piece in `pause` milliseconds.
  read(pause = 0) {
    this.pause = pause;
    if (this.response.listenerCount('data') > 0) return this.response.resume();
    return this.response.on('data', (piece) => {
      this.#hear(piece);
      if (this.pause === 0) return;
      this.response.pause();
      setTimeout(() => this.response.resume(), this.pause);
    });
  }

  #hear(piece) {
    const { events, rest } = takeEvents(this.#text + piece);
    this.#text = rest;
    for (const { name, data } of events) {
      if (this.judges && name) validateEvent(name, data);
      if (name === 'snapshot') this.#begin(JSON.parse(data));
      if (name === 'tick') this.#add(JSON.parse(data));
    }
  }

  #begin({ totals, ids, providers }) {
    ++this.begins;
    this.requests = totals.v.reduce((sum, second) => sum + (second?.[0] ?? 0), 0);
    this.#learn(ids);
    this.#perProvider.clear();
    for (const { id, now } of providers) this.#inFlight.set(id, now.inflight);
  }

  #learn(ids) {
    for (const [name, id] of Object.entries(ids?.p ?? {})) this.#names.set(String(id), name);
  }

  #add({ tot, ids, p = {} }) {
    this.requests += tot[0];
    this.#learn(ids);
    for (const [number, [requests, , , inFlight]] of Object.entries(p)) {
      const name = this.#names.get(number);
      this.#perProvider.set(name, (this.#perProvider.get(name) ?? 0) + requests);
      this.#inFlight.set(name, inFlight);
    }
  }

  /// Requests by provider since the (only) snapshot, without zeros.
  perProvider() {
    return Object.fromEntries([...this.#perProvider].filter(([, count]) => count > 0).sort());
  }
  isIdle() {
    return [...this.#inFlight.values()].every((count) => count === 0);
  }
}

const residentBytes = () => {
  const status = readFileSync(`/proc/${gateway.running.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
};

/// Asks every provider as often as every other, so many at once; all must be answered.
async function load(count) {
  let next = 0;
  const statuses = new Map();
  const one = async () => {
    while (next < count) {
      const model = `${names[next++ % providerCount]}/demo-small`;
      const messages = user('echo: a');
      const answer = await gateway.post('/v1/chat/completions', { model, messages });
      await answer.text();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  assert.deepEqual(statuses, new Map([[200, count]]));
}

test('a crowd costs the node little, and nobody is told a wrong number', async (t) => {
  const first = await Browser.open();
  first.judges = true;
  first.read();
  await load(requestCount); // what the load alone takes: connections, records, the ring
  await until('the load is told', () => first.requests === requestCount);
  await sleep(snapshotShared); // all that was told is in the crowd's snapshot
  const before = residentBytes();
  const total = 2 * requestCount;

  const open = (count) => Promise.all(Array.from({ length: count }, () => Browser.open()));
  const idle = await open(idleCount);
  const trickling = await open(tricklingCount);
  const fast = await open(fastCount);
  for (const browser of trickling) browser.read(tricklePause);
  for (const browser of fast) browser.read();
  await until('the fast have begun', () => fast.every(({ begins }) => begins === 1), 20_000);

  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, residentBytes())), 50);
  await load(requestCount);
  clearInterval(watch);
  most = Math.max(most, residentBytes());
  const browsers = fastCount + idleCount + tricklingCount;
  t.diagnostic(`${((most - before) / 2 ** 20).toFixed(1)} MiB more with ${browsers} browsers`);
  assert.ok(most - before < browsers * bytesABrowser, `${most - before} bytes more`);

  const expected = Object.fromEntries(names.map((name) => [name, requestCount / providerCount]));
  await until('the fast have all', () => fast.every(({ requests }) => requests === total), 20_000);
  for (const browser of fast) {
    assert.equal(browser.begins, 1);
    assert.deepEqual(browser.perProvider(), expected);
  }

  const slow = [...idle, ...trickling];
  for (const browser of slow) browser.read();
  await until('the slow have all', () => slow.every(({ requests }) => requests === total), 20_000);
  for (const browser of slow) {
    assert.deepEqual(browser.perProvider(), expected);
    assert.ok(!browser.cut);
  }
  const all = [...fast, ...slow];
  await until('all see that nothing runs', () => all.every((browser) => browser.isIdle()), 10_000);
  for (const browser of [first, ...all]) browser.response.destroy();
  await until('the node knows that all have left', async () => {
    const sockets = await (await fetch(`${gateway.url}/metrics`)).text();
    return Number(/^llm_gateway_connections (\d+)/m.exec(sockets)[1]) < 50;
  });
});
