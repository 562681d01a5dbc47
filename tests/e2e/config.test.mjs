import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { editorOf, put } from './editor.mjs';
import { Stage, binary, documentOf, sleep, until, user } from './support.mjs';

const stage = new Stage();
let provider;

const secret = 'sk-live-0123456789-9c1d';
const route = (model) => ({ targets: [{ provider: 'live', model }] });

before(async () => {
  provider = await stage.provider('live', 'openai', { tokens_per_second: 10_000 });
});
after(() => stage.close());

const started = (more = {}) =>
  stage.gateway(
    documentOf(
      { live: provider.config({ api_key: secret }) },
      { routes: { moving: route('demo-small') }, ...more },
    ),
  );

const hashOf = (key) => `sha256:${createHash('sha256').update(key).digest('hex')}`;

async function ask(gateway, model = 'moving') {
  const response = await gateway.post('/v1/chat/completions', {
    model,
    messages: user('echo: a'),
  });
  await response.text();
  const header = (name) => response.headers.get(`x-gateway-${name}`);
  return { status: response.status, version: Number(header('config')), model: header('model') };
}

test('an edit is in force for the next request, and says what it is', async () => {
  const gateway = await started();
  const editor = editorOf(gateway);
  const seen = await editor.get();
  assert.equal(seen.status, 200);
  assert.equal(seen.header('etag'), '"1"');
  assert.equal(seen.body.version, 1);
  assert.equal(seen.body.locked, null);
  assert.deepEqual(seen.body.scope.nodes, ['node-1']);
  assert.deepEqual(Object.keys(seen.body.doc), ['providers', 'settings', 'routes']);

  const edited = await editor.patch(1, [put('/routes/moving', route('demo-large'))], {
    'x-note': 'the large one',
  });
  assert.equal(edited.status, 200, edited.text);
  assert.equal(edited.header('etag'), '"2"');
  assert.equal(edited.body.version, 2);
  assert.deepEqual(edited.body.nodes, [{ node: 'node-1', ok: true }]);
  // Connections of both threads, none of which may still serve the old version.
  for (let i = 0; i < 8; ++i)
    assert.deepEqual(await ask(gateway), { status: 200, version: 2, model: 'demo-large' });

  const { body: history } = await editor.get('/history');
  assert.deepEqual(
    history.items.map(({ version, by, via, note, active }) => [version, by, via, note, active]),
    [
      [2, 'admin', 'api', 'the large one', true],
      [1, '', 'file', '', false],
    ],
  );
  assert.deepEqual(history.items[0].summary, ['changed /routes/moving/targets']);
  assert.ok(Math.abs(history.items[0].at - Date.now()) < 60_000);
  const { body: page } = await editor.get('/history?limit=1');
  assert.equal(page.next, '2');
  const { body: rest } = await editor.get(`/history?limit=1&cursor=${page.next}`);
  assert.deepEqual([rest.items[0].version, rest.next], [1, null]);

  const { body: first } = await editor.get('/history/1');
  assert.deepEqual(first.doc, seen.body.doc);
  const { body: diff } = await editor.get('/history?diff=1..2');
  assert.deepEqual(diff.diff, [
    {
      path: '/routes/moving/targets',
      before: route('demo-small').targets,
      after: route('demo-large').targets,
      class: 'route',
    },
  ]);
  assert.equal((await editor.get('/history/3')).status, 404);
  assert.equal((await editor.get('/history?diff=1..9')).status, 404);
  assert.equal((await editor.get('/history?diff=1')).status, 400);

  // A stop and a start later it is still the one in force.
  await gateway.restart();
  assert.deepEqual(await ask(gateway), { status: 200, version: 2, model: 'demo-large' });
});

test('of two editors the second is told what the first one did', async () => {
  const gateway = await started();
  const editor = editorOf(gateway);
  const both = await Promise.all([
    editor.patch(1, [put('/settings/max_attempts', 2)], { 'x-note': 'two' }),
    editor.patch(1, [put('/settings/max_attempts', 3)], { 'x-note': 'three' }),
  ]);
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412]);
  const late = both.find(({ status }) => status === 412);
  const { body: now } = await editor.get();
  assert.equal(late.header('content-type'), 'application/problem+json');
  assert.equal(late.body.current, 2);
  assert.deepEqual(late.body.changes, [
    { path: '/settings/max_attempts', after: now.doc.settings.max_attempts, class: 'setting' },
  ]);
  assert.equal(late.body.versions[0].note, now.doc.settings.max_attempts === 2 ? 'two' : 'three');
  assert.equal((await editor.patch(2, [put('/settings/max_attempts', 4)])).status, 200);
  assert.equal((await editor.rollback(2, 1)).status, 412);
  assert.equal((await editor.patch(99, [])).status, 412);
});

test('an edit without its version, its type or its key is refused', async () => {
  const gateway = await started({
    admins: { looks: { hash: hashOf('looking'), role: 'viewer' } },
  });
  const editor = editorOf(gateway);
  const patch = [put('/settings/max_attempts', 2)];
  const bare = await editor.patch(undefined, patch);
  assert.equal(bare.status, 428);
  assert.equal(bare.body.status, 428);
  assert.equal((await editor.patch(1, patch, { 'if-match': '*' })).status, 400);
  assert.equal((await editor.patch(1, patch, { 'content-type': 'application/json' })).status, 415);
  assert.equal((await editor.patch(1, '[{')).status, 422);
  assert.equal((await editorOf(gateway, 'nobody').patch(1, patch)).status, 401);
  assert.equal((await editorOf(gateway, 'nobody').get()).status, 401);
  const viewer = editorOf(gateway, 'looking');
  assert.equal((await viewer.get()).status, 200);
  assert.equal((await viewer.patch(1, patch)).status, 403);
  assert.equal((await viewer.rollback(1, 1)).status, 403);
  assert.equal((await editor.post('/rollback', {}, { 'if-match': '"1"' })).status, 400);
  assert.equal((await editor.post('/rollback', { to: 7 }, { 'if-match': '"1"' })).status, 404);
  assert.equal((await editor.get()).body.version, 1);
});

test('an edit that is not valid names all its problems and changes nothing', async () => {
  const gateway = await started();
  const editor = editorOf(gateway);
  const patch = [
    put('/providers/live/models/demo-small/price/input', -1),
    put('/routes/moving/targets/0/model', 'nobody'),
    put('/settings/max_attemps', 3),
  ];
  const refused = await editor.patch(1, patch);
  assert.equal(refused.status, 422);
  assert.equal(refused.header('content-type'), 'application/problem+json');
  const errors = refused.body.errors.filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    errors.map(({ path: at, code }) => [at, code]).sort(),
    [
      ['/providers/live/models/demo-small/price/input', 'minimum'],
      ['/routes/moving/targets/0/model', 'unknown_model'],
      ['/settings/max_attemps', 'unknown_key'],
    ],
  );
  const dry = await editor.post('/dry-run', { base: 1, patch });
  assert.equal(dry.status, 200);
  assert.equal(dry.body.valid, false);
  assert.deepEqual(dry.body.problems, refused.body.errors);
  assert.deepEqual(await ask(gateway), { status: 200, version: 1, model: 'demo-small' });
});

test('a dry run tells what an edit would change, and changes nothing', async () => {
  const gateway = await started();
  const editor = editorOf(gateway);
  const patch = [put('/providers/live/limits', { tpm: 300_000 })];
  const { status, body } = await editor.post('/dry-run', { base: 1, patch });
  assert.equal(status, 200);
  assert.equal(body.valid, true);
  assert.deepEqual(body.diff, [
    { path: '/providers/live/limits', after: { tpm: 300_000 }, class: 'limit' },
  ]);
  assert.deepEqual(body.nodes, [{ node: 'node-1', ok: true }]);
  assert.deepEqual(body.impact, []);
  assert.equal((await editor.get()).body.version, 1);
  assert.equal((await editor.post('/dry-run', { base: 0, patch })).status, 412);
  assert.equal((await editor.post('/dry-run', { patch })).status, 400);
  assert.equal((await editor.post('/dry-run', '{"base":1,')).status, 400);
});

test('going back is a new version with the old content', async () => {
  const gateway = await started();
  const editor = editorOf(gateway);
  await editor.patch(1, [put('/routes/moving', route('demo-large'))]);
  const tried = await editor.post('/rollback', { to: 1, dry_run: true }, { 'if-match': '"2"' });
  assert.equal(tried.status, 200, tried.text);
  assert.equal(tried.body.valid, true);
  assert.ok(tried.body.diff.every(({ path }) => path.startsWith('/routes/moving')));
  assert.equal((await ask(gateway)).version, 2); // nothing has changed
  const back = await editor.rollback(2, 1);
  assert.equal(back.status, 200, back.text);
  assert.equal(back.body.version, 3);
  assert.deepEqual(await ask(gateway), { status: 200, version: 3, model: 'demo-small' });
  const { body: history } = await editor.get('/history');
  assert.deepEqual(
    history.items.map(({ version, via, note }) => [version, via, note]),
    [
      [3, 'rollback', 'to 1'],
      [2, 'api', ''],
      [1, 'file', ''],
    ],
  );
});

test('a secret is written, never read', async () => {
  const gateway = await started();
  const editor = editorOf(gateway);
  const key = '/providers/live/api_key';
  const seen = await editor.get();
  const { set_at: setAt, ...form } = seen.body.doc.providers.live.api_key;
  assert.deepEqual(form, { $secret: 'set', hint: '9c1d', by: null }); // the file set it
  assert.ok(Math.abs(Date.now() - setAt) < 60_000, `${setAt}`);
  // The whole document as it was read, sent back: nothing changed, so no new version.
  const same = await editor.patch(1, [{ op: 'replace', path: '', value: seen.body.doc }]);
  assert.deepEqual([same.status, same.body.version], [200, 1]);

  const newer = 'sk-newer-abcdefghij-77aa';
  const replaced = await editor.patch(1, [put(key, { $secret: { value: newer } })]);
  assert.equal(replaced.status, 200, replaced.text);
  const renewed = (await editor.get()).body.doc.providers.live.api_key;
  assert.deepEqual([renewed.hint, renewed.by], ['77aa', 'admin']);
  assert.ok(renewed.set_at >= setAt);
  assert.deepEqual((await editor.get('/history/1')).body.doc.providers.live.api_key.by, null);
  assert.equal((await ask(gateway)).status, 200);
  assert.equal((await provider.last()).headers.authorization, `Bearer ${newer}`);
  const elsewhere = put('/providers/live/base_url', 'http://127.0.0.1:9/v1');
  const stolen = await editor.patch(2, [elsewhere]);
  assert.equal(stolen.status, 422);
  assert.deepEqual(
    stolen.body.errors.filter(({ severity }) => severity === 'error').map((e) => [e.path, e.code]),
    [[key, 'secret_origin']],
  );
  const wrong = await editor.patch(2, [put(key, { $secret: { value: `${newer}\n` } })]);
  assert.equal(wrong.status, 422);
  assert.equal((await editor.patch(2, [put(key, 'env:HOME')])).status, 422);
  assert.equal((await editor.patch(2, [put(key, 'file:/etc/passwd')])).status, 422);

  const answers = [
    ...['', '/history', '/history/1', '/history/2', '/history?diff=1..2'].map(editor.get),
    editor.post('/dry-run', { base: 2, patch: [put(key, { $secret: { value: newer } })] }),
    editor.patch(1, []),
  ];
  const told = (await Promise.all(answers)).map(({ text }) => text).join('\n');
  const all = told + wrong.text + stolen.text + replaced.text + gateway.running.output;
  for (const word of [secret, newer, newer.slice(0, 12)]) assert.ok(!all.includes(word), word);
  assert.match(all, /"after":\{"\$secret":"replaced"\}/);

  // The older version's key was replaced since; going back does not undo that, and says so.
  const tried = await editor.post('/rollback', { to: 1, dry_run: true }, { 'if-match': '"2"' });
  assert.equal(tried.status, 200, tried.text);
  assert.deepEqual([tried.body.valid, tried.body.diff], [true, []]);
  const back = await editor.rollback(2, 1);
  assert.equal(back.body.version, 2);
  for (const { body } of [tried, back])
    assert.deepEqual(
      body.problems.map(({ path, code, severity }) => [path, code, severity]),
      [[key, 'secret_kept', 'warning']],
    );
});

test('where settings.locked is true, only the file edits', async () => {
  const gateway = await started({ settings: { locked: true } });
  const editor = editorOf(gateway);
  assert.equal((await editor.get()).body.locked, 'settings.locked');
  assert.equal((await editor.patch(1, [put('/settings/locked', false)])).status, 423);
  assert.equal((await editor.rollback(1, 1)).status, 423);
  const document = JSON.parse(readFileSync(gateway.config, 'utf8'));
  document.settings.locked = false;
  writeFileSync(gateway.config, JSON.stringify(document));
  gateway.running.child.kill('SIGHUP');
  await until('version 2', async () => (await editor.get()).body.version === 2);
  assert.equal((await editor.patch(2, [put('/settings/max_attempts', 2)])).status, 200);
});

test('the schema is served with its hints', async () => {
  const gateway = await started();
  const { body } = await editorOf(gateway).get('/schema');
  assert.equal(body.$schema, 'https://json-schema.org/draft/2020-12/schema');
  assert.equal(body.$defs.secret_source['x-ui'].secret, true);
});

test('a damaged config.json stops the start, is named and left as it is', async () => {
  const gateway = await started();
  const editor = editorOf(gateway);
  await editor.patch(1, [put('/settings/max_attempts', 2)]);
  await gateway.stop();
  const file = path.join(gateway.data, 'config.json');
  const whole = readFileSync(file, 'utf8');
  for (const damaged of [whole.slice(0, whole.length / 2), '', '[]', '{"version":2}', '\0\0\0']) {
    writeFileSync(file, damaged);
    const { status, stderr } = spawnSync(binary, gateway.args, { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /config\.json is damaged; an earlier version lies in config\.history/);
    assert.equal(readFileSync(file, 'utf8'), damaged);
  }
  writeFileSync(file, readFileSync(path.join(gateway.data, 'config.history/2.json')));
  await gateway.launch();
  assert.equal((await editor.get()).body.version, 2);
});

const kills = Number(process.env.CONFIG_KILLS ?? 12);

test(`killed ${kills} times while it is edited, it holds one whole version`, async (t) => {
  const gateway = await started({ teams: { a: {}, b: {} } });
  const editor = editorOf(gateway);
  let acknowledged = 1;
  let last = 1;
  // Two places that say the same in every version.
  const both = (n) => ['a', 'b'].map((team) => put(`/teams/${team}/limits`, { rpm: n }));
  for (let round = 0; round < kills; ++round) {
    let running = true;
    const edits = (async () => {
      while (running) {
        const edited = await editor.patch(last, both(last + 1)).catch(() => undefined);
        if (edited === undefined) return;
        assert.equal(edited.status, 200, edited.text);
        acknowledged = last = edited.body.version;
      }
    })();
    const before = last;
    await until('an edit of this life', () => last > before);
    await sleep((round * 37) % 90);
    await gateway.stop('SIGKILL');
    running = false;
    await edits;
    await gateway.launch();
    const { body } = await editor.get();
    assert.ok(body.version === acknowledged || body.version === acknowledged + 1);
    if (body.version > 1)
      assert.deepEqual(body.doc.teams, {
        a: { limits: { rpm: body.version } },
        b: { limits: { rpm: body.version } },
      });
    acknowledged = last = body.version;
    assert.equal((await ask(gateway)).version, last);
  }
  t.diagnostic(`${last} versions in ${kills} lives`);
  assert.ok(last > kills, `${last} versions`);
});

const versions = Number(process.env.CONFIG_VERSIONS ?? 1000);

test(`${versions} versions come and go, and no request fails or sees two`, async (t) => {
  const gateway = await started();
  const editor = editorOf(gateway);
  const modelOf = (version) => (version % 2 === 0 ? 'demo-large' : 'demo-small');
  let running = true;
  let answered = 0;
  const seen = new Set();
  const clients = Array.from({ length: 4 }, async () => {
    while (running) {
      const { status, version, model } = await ask(gateway);
      assert.equal(status, 200);
      assert.equal(model, modelOf(version));
      seen.add(version);
      ++answered;
    }
  });
  const began = performance.now();
  for (let version = 2; version <= versions; ++version) {
    const edited = await editor.patch(version - 1, [
      put('/routes/moving', route(modelOf(version))),
    ]);
    assert.equal(edited.status, 200, edited.text);
    assert.equal(edited.body.version, version);
    if (version % 50 === 0) assert.equal((await ask(gateway)).version, version);
  }
  const seconds = (performance.now() - began) / 1000;
  running = false;
  await Promise.all(clients);
  t.diagnostic(
    `${answered} answers under ${seen.size} of ${versions} versions in ${seconds.toFixed(1)} s`,
  );
  assert.ok(seen.size > versions / 10, `${seen.size} versions were seen`);
});
