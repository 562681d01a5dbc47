// The admin API of a made-up cluster, for states that a real one can't be put into at will: faults,
// 200 providers on 50 nodes. It says nothing that openapi.yaml does not allow.
//
// usage: node tests/fake-gateway.mjs [PORT]     serves build/ui too
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { judgeAnswer } from '../../tests/e2e/openapi.mjs';
import { cluster, clusterEvents, detail, scopeOf } from './fake/details.mjs';
import { breakdown, series } from './fake/history.mjs';
import { Broadcast } from './fake/live.mjs';
import { filterOf, requestHistogram, requestList, RequestLog } from './fake/requests.mjs';
import { requestDetail } from './fake/trace.mjs';
import { World } from './fake/world.mjs';

const built = fileURLToPath(new URL('../../build/ui/', import.meta.url));
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const shownByIndex = /^\/((requests|providers)(\/[^/]+)?|cluster)?$/;
const base = '/admin/v1';
export const adminKey = 'admin-key-of-the-fake';
const csrf = 'csrf-of-the-fake';

export class FakeGateway {
  static async start({ port = 0, ...sizes } = {}) {
    const fake = new FakeGateway(sizes);
    fake.server = http.createServer((request, response) => fake.serve(request, response));
    fake.server.listen(port, '127.0.0.1');
    await once(fake.server, 'listening');
    fake.url = `http://127.0.0.1:${fake.server.address().port}`;
    return fake;
  }

  constructor(sizes) {
    const index = existsSync(built + 'index.html')
      ? readFileSync(built + 'index.html', 'utf8')
      : '';
    this.uiBuild = /name="ui-build" content="(\w+)"/.exec(index)?.[1] ?? '';
    this.world = new World(sizes);
    this.log = new RequestLog(this.world, sizes.requestsPerSecond ?? 6);
    this.live = new Broadcast(this.world, this.uiBuild, this.log);
    this.isSignedIn = true;
    this.role = 'admin';
    this.faults = new Map(); // path → status
    this.isCut = false;
    this.isSlow = false;
    this.acts = [];
    const mistral = this.world.providers.find((one) => one.id === 'mistral');
    if (mistral) mistral.until = Date.now() + 47_000;
  }

  async close() {
    this.live.close();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /// Until it is mended nothing is answered and no stream lives.
  cut() {
    this.isCut = true;
    this.server.closeAllConnections();
  }

  mend() {
    this.isCut = false;
  }

  async serve(request, response) {
    if (this.isCut) return request.socket.destroy();
    const url = new URL(request.url, 'http://fake');
    try {
      if (url.pathname.startsWith(base)) await this.admin(request, response, url);
      else this.page(response, url.pathname);
    } catch (error) {
      this.broken = error;
      console.error(error);
      if (!response.headersSent) response.writeHead(500).end(String(error));
    }
  }

  page(response, name) {
    const file = path.join(built, path.normalize(name).replace(shownByIndex, 'index.html'));
    if (!file.startsWith(built) || !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': types[path.extname(file)] ?? 'text/plain',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
    });
    response.end(readFileSync(file));
  }

  admin(request, response, url) {
    const place = url.pathname.slice(base.length);
    const now = Date.now();
    const fault = this.faults.get(place);
    if (fault) return this.problem(request, response, fault, 'storage_unavailable', 'storage busy');
    if (place === '/session') return this.session(request, response);
    if (!this.isSignedIn)
      return this.problem(request, response, 401, 'invalid_api_key', 'Sign in.');
    if (this.isSlow && place !== '/me') return undefined;
    switch (place) {
      case '/stream':
        return this.stream(request, response, url);
      case '/me':
        return this.answer(request, response, this.me(now));
      case '/series':
        return this.answer(request, response, series(this.world, url.searchParams, now));
      case '/breakdown':
        return this.answer(request, response, breakdown(this.world, url.searchParams, now));
      case '/cluster':
        return this.answer(request, response, cluster(this.world, now));
      case '/events':
        return this.answer(request, response, clusterEvents(this.world, now));
      case '/requests':
        return this.answer(request, response, requestList(this.log, url.searchParams, now));
      case '/requests/histogram':
        return this.answer(request, response, requestHistogram(this.log, url.searchParams, now));
      default:
        return this.about(request, response, place.split('/').slice(1).map(decodeURIComponent));
    }
  }

  /// One provider or request, and what an operator may do: `acts` keeps what was asked for.
  about(request, response, [kind, id, act]) {
    if (request.method === 'POST') {
      this.acts.push({
        kind,
        id,
        act,
        csrf: request.headers['x-csrf'],
        key: request.headers['idempotency-key'],
      });
      if (this.role === 'viewer')
        return this.problem(request, response, 403, 'forbidden', 'Needs role operator.');
      const states = {
        drain: 'drained',
        undrain: 'ok',
        'clear-cooldown': 'ok',
        probe: 'half_open',
      };
      if (kind === 'providers' && states[act]) this.live.turn(id, states[act]);
      if (kind === 'nodes' && act === 'write-off') return this.writeOff(request, response, id);
    }
    const found = this.one(kind, id);
    if (found) return this.answer(request, response, found);
    return this.problem(request, response, 404, 'not_found', 'There is nothing there.');
  }

  one(kind, id) {
    if (kind === 'providers') return detail(this.world, id, Date.now());
    const row = kind === 'requests' && id ? this.log.find(id) : null;
    return row && requestDetail(row);
  }

  writeOff(request, response, node) {
    if (!this.world.gone.has(node)) {
      const detail = `${node} answers: stop it first, for good.`;
      return this.problem(request, response, 409, 'node_alive', detail);
    }
    const waits_for = this.world.nodes.slice(1, 2);
    const scope = scopeOf(this.world, Date.now());
    const value = { scope, node, state: 'under_way', waits_for, ready_in_ms: 130_000 };
    return this.answer(request, response, value, 202);
  }

  async session(request, response) {
    if (request.method === 'DELETE') {
      this.isSignedIn = false;
      return response.writeHead(204).end();
    }
    let body = '';
    for await (const piece of request) body += piece;
    if (JSON.parse(body).token !== adminKey) {
      return this.problem(request, response, 401, 'invalid_api_key', 'No admin has this key.');
    }
    this.isSignedIn = true;
    return this.answer(request, response, this.me(Date.now()));
  }

  stream(request, response, url) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const last = url.searchParams.get('last_event_id') ?? request.headers['last-event-id'];
    const topics = (url.searchParams.get('topics') ?? '').split(',');
    const holds = topics.includes('request') ? filterOf(url.searchParams) : () => false;
    const reader = { topics, holds, write: (text) => response.write(text) };
    this.live.join(reader, last);
    response.on('close', () => this.live.readers.delete(reader));
  }

  me(now) {
    return {
      scope: scopeOf(this.world, now),
      name: 'admin',
      role: this.role,
      csrf,
      expires_at: now + 43_200_000,
      node: this.world.nodes[0],
      version: '1.8.2',
      config_version: 182,
      locked: null,
      features: [],
    };
  }

  /// Says it where openapi.yaml allows it; else says what is wrong with it.
  async answer(request, response, value, status = 200) {
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    const init = { status, headers: { 'content-type': type } };
    const text = JSON.stringify(value);
    await judgeAnswer(request.method, request.url, new Response(text, init));
    response.writeHead(status, init.headers).end(text);
  }

  problem(request, response, status, type, detail) {
    const value = { type, title: type, status, detail, request_id: 'req_01k9w7h9d2' };
    return this.answer(request, response, value, status);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fake = await FakeGateway.start({ port: Number(process.argv[2] ?? 8090) });
  process.stdout.write(`listening on ${fake.url}, its admin key is ${adminKey}\n`);
}
