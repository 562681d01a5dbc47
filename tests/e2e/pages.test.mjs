// The dashboard's files as the executable serves them; what they do is proven in ui/tests.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { Stage, documentOf } from './support.mjs';

const stage = new Stage();
let gateway;

before(async () => {
  gateway = await stage.gateway(documentOf({ one: await stage.provider('one') }));
});
after(() => stage.close());

/// Nothing is decoded and no header added, unlike with fetch.
function get(route, headers = {}, method = 'GET') {
  return new Promise((resolve, reject) => {
    const asked = http.request(gateway.url + route, { method, headers }, async (response) => {
      const pieces = [];
      for await (const piece of response) pieces.push(piece);
      const { statusCode: status, headers: said } = response;
      resolve({ status, headers: said, body: Buffer.concat(pieces) });
    });
    asked.on('error', reject).end();
  });
}

const assetsIn = (html) => [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((m) => m[1]);

test('every page is the index, and nothing else is', async () => {
  const { status, headers, body } = await get('/');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(headers['cache-control'], 'no-cache');
  assert.equal(
    headers['content-security-policy'],
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
      "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  );
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  for (const page of [
    '/requests',
    '/requests/01JABC',
    '/providers',
    '/providers?state=trouble',
    '/providers/groq',
    '/cluster',
  ])
    assert.deepEqual((await get(page)).body, body, page);
  for (const nothing of [
    '/index.html',
    '/providers/',
    '/nothing',
    '/assets/',
    '/assets/nothing.js',
  ])
    assert.equal((await get(nothing)).status, 404, nothing);
});

test('all that the index names is there for good, and of its type', async () => {
  const assets = assetsIn(String((await get('/')).body));
  const types = {
    js: 'text/javascript',
    css: 'text/css',
    svg: 'image/svg+xml',
    woff2: 'font/woff2',
  };
  assert.deepEqual([...new Set(assets.map((name) => name.split('.').at(-1)))].sort(), [
    'css',
    'js',
    'svg',
    'woff2',
  ]);
  for (const name of assets) {
    const { status, headers } = await get(name);
    assert.equal(status, 200, name);
    assert.equal(headers['content-type'].split(';')[0], types[name.split('.').at(-1)]);
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
  }
});

test('a page that has not changed is not sent again', async () => {
  const { headers } = await get('/');
  const again = await get('/', { 'if-none-match': headers.etag });
  assert.equal(again.status, 304);
  assert.equal(again.headers.etag, headers.etag);
  assert.equal(again.body.length, 0);
  assert.equal((await get('/', { 'if-none-match': '"another"' })).status, 200);
});

test('the tag is the digest that the page says of itself', async () => {
  const { headers, body } = await get('/');
  const [meta, digest] = /\n {4}<meta name="ui-build" content="(\w+)" \/>/.exec(String(body));
  assert.equal(headers.etag, `W/"${digest}"`);
  const unsigned = String(body).replace(meta, '');
  assert.equal(createHash('sha256').update(unsigned).digest('hex').slice(0, 16), digest);
});

test('each coding holds the same, smaller', async () => {
  const script = assetsIn(String((await get('/')).body)).find((name) => name.endsWith('.js'));
  const plain = await get(script);
  assert.equal(plain.headers['content-encoding'], undefined);
  for (const [coding, decoded] of [
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ]) {
    const { headers, body } = await get(script, { 'accept-encoding': coding });
    assert.equal(headers['content-encoding'], coding);
    assert.equal(headers.vary, 'accept-encoding');
    assert.ok(body.length < plain.body.length / 2);
    assert.ok(decoded(body).equals(plain.body));
  }
});

test('HEAD says what GET would, without a body', async () => {
  const { headers } = await get('/', { 'accept-encoding': 'br' });
  const head = await get('/', { 'accept-encoding': 'br' }, 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-length'], headers['content-length']);
  assert.equal(head.body.length, 0);
  assert.equal((await get('/', {}, 'POST')).status, 405);
});

test('a name that is not this node reaches no page', async () => {
  const foreign = { host: 'rebound.example' };
  assert.equal((await get('/', foreign)).status, 403);
  assert.equal((await get('/providers', foreign)).status, 403);
});
