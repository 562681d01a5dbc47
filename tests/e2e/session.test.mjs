// Signing in: the link's code, cookies, X-CSRF, the end of a session, and how often one may guess.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { judgeAnswer } from './openapi.mjs';
import { Page, asScript, codeOf, edit, hashOf, ownKey } from './page.mjs';
import { Stage, binary, documentOf } from './support.mjs';

const stage = new Stage();
const opsKey = 'the key of ops, long enough';
const ops = { hash: hashOf(opsKey), role: 'admin' };
let provider;

before(async () => {
  provider = await stage.provider('one');
});
after(() => stage.close());

const start = (more = {}, options = {}) =>
  stage.gateway(documentOf({ one: provider }, { admins: { ops }, ...more }), options);

async function signedIn(gateway, token) {
  const page = new Page(gateway);
  assert.equal((await page.signIn(token)).status, 200);
  return page;
}

const status = async (page, route = '/me') => (await page.fetch('GET', route)).status;
const put = (where, value) => [{ op: 'add', path: where, value }];
const patchType = { 'content-type': 'application/json-patch+json' };

/// A request with a Host of one's own, which fetch does not allow: {status, headers, body}.
function withHost(gateway, host, { method = 'GET', route, headers = {}, body }) {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path: route, headers: { host, ...headers } };
    const request = http.request(options, async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      const { statusCode: status, headers: its } = response;
      const type = { 'content-type': its['content-type'] ?? '' };
      const answer = new Response(text || null, { status, headers: text ? type : {} });
      await judgeAnswer(method, route, answer).catch(reject);
      resolve({ status: response.statusCode, headers: response.headers, body: text });
    });
    request.on('error', reject).end(body);
  });
}

test('a start prints a link whose code signs in once', async () => {
  const gateway = await start();
  const link = /sign in at (\S+)/.exec(gateway.running.output)[1];
  assert.match(link, new RegExp(`^${gateway.url}/#code=[A-Za-z0-9_-]{27}$`));
  const page = await signedIn(gateway, codeOf(gateway));
  assert.deepEqual([page.me.name, page.me.role], ['admin', 'admin']);
  assert.equal((await new Page(gateway).signIn(codeOf(gateway))).status, 401);
  assert.equal(await status(page), 200);
  // A code is none of an admin key.
  assert.equal((await asScript(gateway, codeOf(gateway), 'GET', '/me')).status, 401);
  const first = codeOf(gateway);
  await gateway.restart();
  assert.notEqual(codeOf(gateway), first);
});

test('the cookie is out of reach for scripts and other sites, and lasts half a day', async () => {
  const gateway = await start();
  const page = await signedIn(gateway, opsKey);
  const [pair, ...attributes] = page.setCookie.split('; ');
  assert.match(pair, new RegExp(`^llm-gateway-${new URL(gateway.url).port}=[A-Za-z0-9._*-]+$`));
  assert.deepEqual(attributes, ['Path=/admin', 'Max-Age=43200', 'HttpOnly', 'SameSite=Strict']);
  const hours = (page.me.expires_at - Date.now()) / 3_600_000;
  assert.ok(hours > 11.9 && hours <= 12, hours);
  const response = await page.fetch('GET', '/me');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const { scope, ...me } = await response.json();
  assert.deepEqual(me, Object.fromEntries(Object.entries(page.me).filter(([key]) => key in me)));
});

test('a bearer key says who it is, and has no session', async () => {
  const gateway = await start();
  const me = await (await asScript(gateway, opsKey, 'GET', '/me')).json();
  assert.deepEqual([me.name, me.role, me.csrf, me.expires_at], ['ops', 'admin', null, null]);
  assert.equal(me.node, 'node-1');
  assert.equal(me.config_version, 1);
});

test('a write by cookie needs the X-CSRF of its own session', async () => {
  const gateway = await start();
  const page = await signedIn(gateway, opsKey);
  const other = await signedIn(gateway, opsKey);
  const headers = { ...patchType, 'if-match': '"1"' };
  const patch = put('/settings/max_attempts', 3);
  const id = page.cookie.split('=')[1];
  for (const csrf of [null, '', 'x', other.me.csrf, id, id.split('.').at(-1)]) {
    const refused = await page.fetch('PATCH', '/config', patch, { ...headers, csrf });
    assert.equal(refused.status, 403, csrf);
  }
  // What a form elsewhere can send, it can send in vain.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
    for (const route of ['/providers/one/drain', '/config/dry-run'])
      assert.equal(
        (await page.fetch('POST', route, '{}', { csrf: null, 'content-type': type })).status,
        403,
      );
  assert.equal((await page.fetch('DELETE', '/session', undefined, { csrf: null })).status, 403);
  assert.equal((await page.fetch('PATCH', '/config', patch, headers)).status, 200);
  const [version] = (await (await gateway.admin('/config/history')).json()).items;
  assert.deepEqual([version.version, version.by, version.via], [2, 'ops', 'ui']);
});

test('signing in takes JSON, from pages of its own alone', async () => {
  const gateway = await start();
  const post = (body, headers) => gateway.post('/admin/v1/session', body, headers);
  const good = { token: opsKey };
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', ''])
    assert.equal((await post(good, { 'content-type': type })).status, 415, type);
  assert.equal((await post(good, { origin: 'http://elsewhere.example' })).status, 403);
  assert.equal((await post(good, { origin: 'null' })).status, 403);
  for (const body of ['', '{', '[]', '{}', '{"token":1}', '{"token":""}'])
    assert.equal((await post(body)).status, 400, body);
  assert.equal((await post({ token: 'x'.repeat(5000) })).status, 413);
  const page = await signedIn(gateway, opsKey);
  const foreign = await page.fetch('GET', '/me', undefined, { origin: 'http://elsewhere.example' });
  assert.equal(foreign.status, 403);
});

test('a session ends when its admin is changed or removed, and no other does', async () => {
  const gateway = await start();
  const ops = await signedIn(gateway, opsKey);
  const own = await signedIn(gateway, ownKey(gateway));
  await edit(gateway, put('/settings/max_attempts', 3));
  assert.equal(await status(ops), 200);
  await edit(gateway, put('/admins/ops/role', 'viewer'));
  assert.equal(await status(ops), 401);
  const again = await signedIn(gateway, opsKey);
  assert.equal(again.me.role, 'viewer');
  await edit(gateway, put('/admins/ops/hash', hashOf('another key of ops')));
  assert.equal(await status(again), 401);
  const third = await signedIn(gateway, 'another key of ops');
  await edit(gateway, [{ op: 'remove', path: '/admins' }]);
  assert.equal(await status(third), 401);
  assert.equal(await status(own), 200);
});

test('a session outlives a restart, and one that was signed out does not come back', async () => {
  const gateway = await start();
  const kept = await signedIn(gateway, opsKey);
  const ended = await signedIn(gateway, opsKey);
  const out = await ended.fetch('DELETE', '/session');
  assert.equal(out.status, 204);
  assert.match(out.headers.get('set-cookie'), /^llm-gateway-\d+=; .*Max-Age=0/);
  assert.equal(await status(ended), 401);
  await gateway.stop('SIGKILL');
  await gateway.launch();
  // It listens on another port now; browsers would keep the cookie under the old name.
  const port = new URL(gateway.url).port;
  for (const page of [kept, ended])
    page.cookie = page.cookie.replace(/-\d+=/, `-${port}=`);
  assert.equal(await status(kept), 200);
  assert.equal(await status(ended), 401);
});

test('what is no session is none', async () => {
  const gateway = await start();
  const page = await signedIn(gateway, opsKey);
  const [name, token] = page.cookie.split('=');
  const parts = token.split('.');
  const later = [parts[0], String(Number(parts[1]) + 1), ...parts.slice(2)].join('.');
  const own = [parts[0], parts[1], '*', parts.at(-1)].join('.');
  const wrong = ['', 'x', '....', later, own, `${token}x`, 'x'.repeat(4000)];
  for (const value of wrong) {
    page.cookie = `${name}=${value}`;
    assert.equal(await status(page), 401, value);
  }
  page.cookie = `llm-gateway-1=${token}`;
  assert.equal(await status(page), 401);
  page.cookie = `a=b; ${name}=${token}; c=d`;
  assert.equal(await status(page), 200);
  // A wrong key is not made good by a session.
  const both = await page.fetch('GET', '/me', undefined, { authorization: 'Bearer x' });
  assert.equal(both.status, 401);
});

test('whoever guesses too often is not listened to, and sessions go on', async () => {
  const gateway = await start();
  const page = await signedIn(gateway, opsKey);
  for (let i = 0; i < 5; ++i) {
    assert.equal((await new Page(gateway).signIn(`wrong ${i}`)).status, 401);
    assert.equal((await asScript(gateway, `wrong ${i}`, 'GET', '/me')).status, 401);
  }
  const refused = await new Page(gateway).signIn(opsKey);
  assert.equal(refused.status, 429);
  const wait = Number(refused.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 10, wait);
  assert.equal((await asScript(gateway, opsKey, 'GET', '/me')).status, 429);
  for (let i = 0; i < 50; ++i) await new Page(gateway).signIn('wrong');
  assert.equal(await status(page), 200);
  const events = await (await page.fetch('GET', '/events?kind=sign_in_refused')).json();
  // The first at once; the others wait to be summed.
  assert.equal(events.items.length, 1);
  assert.equal(events.items[0].client, '127.0.0.1');
});

test('signing in and out is told of, and no key, code or cookie is', async () => {
  const gateway = await start();
  const code = codeOf(gateway);
  const page = await signedIn(gateway, code);
  await new Page(gateway).signIn('a wrong token');
  assert.equal((await page.fetch('DELETE', '/session')).status, 204);
  const events = (await (await gateway.admin('/events?limit=4')).json()).items;
  assert.deepEqual(
    events.map(({ kind, by, role }) => [kind, by, role]),
    [
      ['sign_out', 'admin', 'admin'],
      ['sign_in_refused', null, null],
      ['sign_in', 'admin', 'admin'],
      ['config', null, null],
    ],
  );
  await gateway.stop();
  const kept = execFileSync('grep', ['-rhv', '--exclude=admin-key', '^$', gateway.data], {
    maxBuffer: 1e9,
  }).toString();
  const output = gateway.running.output;
  const token = page.cookie.split('=')[1];
  for (const secret of [code, 'a wrong token', ownKey(gateway), token, token.split('.').at(-1)]) {
    assert.ok(!kept.includes(secret), secret);
    assert.equal(output.split(secret).length - 1, secret === code ? 1 : 0, secret);
  }
});

test('where people come by https, the cookie does not leave it', async () => {
  const gateway = await start({}, { args: ['--public-url', 'https://gw.example.com/'] });
  assert.match(gateway.running.output, /sign in at https:\/\/gw\.example\.com\/#code=/);
  const body = JSON.stringify({ token: opsKey });
  const headers = { 'content-type': 'application/json', origin: 'https://gw.example.com' };
  const order = { method: 'POST', route: '/admin/v1/session', headers, body };
  const signed = await withHost(gateway, 'gw.example.com', order);
  assert.equal(signed.status, 200);
  const [cookie] = signed.headers['set-cookie'];
  assert.match(cookie, /^llm-gateway-443=.*; Secure$/);
  const me = await withHost(gateway, 'gw.example.com', {
    route: '/admin/v1/me',
    headers: { cookie: cookie.split(';')[0] },
  });
  assert.equal(me.status, 200);
  assert.equal((await withHost(gateway, 'elsewhere.example', order)).status, 403);
  // By its address it is plain http, and a Secure cookie would never come back.
  const page = await signedIn(gateway, opsKey);
  assert.ok(!page.setCookie.includes('Secure'));
});

test('nothing of a Host gets into Set-Cookie', async () => {
  const gateway = await start();
  const body = JSON.stringify({ token: opsKey });
  const headers = { 'content-type': 'application/json' };
  const hosts = ['localhost:1;x=y', 'localhost:', 'localhost:123456', '[::1]', 'localhost:a'];
  for (const host of hosts) {
    const order = { method: 'POST', route: '/admin/v1/session', headers, body };
    const { status: code, headers: answer } = await withHost(gateway, host, order);
    if (code !== 200) continue;
    assert.match(answer['set-cookie'][0], /^llm-gateway-80=/, host);
  }
});

test('an admin key that could be guessed stops a start, with the reason', async () => {
  const folder = stage.folder();
  const config = path.join(folder, 'gateway.json');
  writeFileSync(config, JSON.stringify(documentOf({ one: provider })));
  const keyFile = path.join(folder, 'key');
  writeFileSync(keyFile, 'fifteen letters\n');
  const options = ['serve', '--config', config, '--data', path.join(folder, 'data')];
  const run = (args, env) =>
    spawnSync(binary, [...options, '--listen', '127.0.0.1:0', ...args], {
      env: { ...process.env, ...env },
    });
  for (const [args, env, source] of [
    [[], { LLM_GATEWAY_ADMIN_KEY: 'short' }, 'LLM_GATEWAY_ADMIN_KEY'],
    [['--admin-key-file', keyFile], {}, keyFile],
  ]) {
    const ended = run(args, env);
    assert.equal(ended.status, 1);
    const said = ended.stderr.toString();
    assert.ok(said.includes(`${source} holds an admin key that could be guessed`), said);
    assert.ok(said.includes('16 characters'), said);
    assert.ok(!said.includes('short') && !said.includes('fifteen'), said);
  }
});
