import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Stage, binary, documentOf, until, user } from './support.mjs';
import { editorOf, put } from './editor.mjs';

const stage = new Stage();
let provider;

before(async () => {
  provider = await stage.provider('steady', 'openai', { tokens_per_second: 20 });
});
after(() => stage.close());

const body = (more) => ({ model: 'steady/demo-small', messages: user('count to 20'), ...more });
const post = (gateway, more) => gateway.post('/v1/chat/completions', body(more));

test('a stop finishes what runs, takes nothing new and ends with 0', async () => {
  const gateway = await stage.gateway(documentOf({ steady: provider }));
  const streams = Array.from({ length: 5 }, () =>
    post(gateway, { stream: true }).then((r) => r.text()),
  );
  const wholes = Array.from({ length: 5 }, () => post(gateway).then((r) => r.json()));
  await until('all under way', async () => (await provider.status()).in_flight === 10);
  const stopped = gateway.stop();
  for (const text of await Promise.all(streams)) assert.ok(text.trimEnd().endsWith('data: [DONE]'));
  for (const answer of await Promise.all(wholes)) assert.equal(answer.usage.completion_tokens, 20);
  assert.equal((await stopped).code, 0);
  assert.equal(gateway.records().length, 10);
  await assert.rejects(post(gateway));
});

test('a stop under steady load drops no request that was accepted', async () => {
  const gateway = await stage.gateway(documentOf({ steady: provider }));
  let refused = 0;
  let answered = 0;
  let dropped = 0;
  let running = true;
  const client = async () => {
    while (running) {
      try {
        const response = await gateway.post(
          '/v1/chat/completions',
          body({ messages: user('echo: a') }),
        );
        await response.json();
        if (response.status === 200) ++answered;
        else if (response.status === 503) ++refused;
        else ++dropped;
      } catch (error) {
        // Nobody listens any more, which a client sees before it sent anything.
        if (error.cause?.code === 'ECONNREFUSED') return;
        ++dropped;
        return;
      }
    }
  };
  const clients = Array.from({ length: 8 }, client);
  await until('answers come', () => answered > 20);
  const { code } = await gateway.stop();
  running = false;
  await Promise.all(clients);
  assert.equal(code, 0);
  assert.equal(dropped, 0, `${answered} answered, ${refused} refused`);
});

test('a stop answers who waits in the listen queue', async () => {
  const gateway = await stage.gateway(documentOf({ steady: provider }));
  const { child } = gateway.running;
  child.kill('SIGSTOP'); // nobody accepts: the kernel alone keeps who comes
  const text = JSON.stringify(body({ messages: user('echo: a') }));
  const target = 'POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1';
  const answers = Array.from({ length: 5 }, async () => {
    const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${target}\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
    return socket;
  });
  const heard = (await Promise.all(answers)).map(async (socket) =>
    (await socket.setEncoding('utf8').toArray()).join(''),
  );
  const stopped = gateway.stop();
  child.kill('SIGCONT');
  for (const answer of await Promise.all(heard)) {
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /\r\nconnection: close\r\n/);
  }
  assert.equal((await stopped).code, 0);
});

test('what a stop has no time for ends with a word, and blames nobody', async () => {
  const document = documentOf({ steady: provider }, { settings: { cooldown: true } });
  document.routes = {
    patient: { queue_ms: 60_000, targets: [{ provider: 'full', model: 'demo-small' }] },
  };
  document.providers.full = provider.config({
    limits: { windows: [{ unit: 'requests', limit: 1, window: '60s' }] },
  });
  const gateway = await stage.gateway(document, { args: ['--drain-seconds', '1'] });
  const long = { messages: user('count to 200') };
  await (await post(gateway, { model: 'full/demo-small', messages: user('echo: a') })).text();
  const stream = post(gateway, { ...long, stream: true }).then((response) => response.text());
  const whole = post(gateway, long);
  const waiting = post(gateway, { ...long, model: 'patient' });
  await until('under way', async () => (await provider.status()).in_flight === 2);
  await until('begun', async () =>
    /llm_gateway_streams 1\b/.test(await (await gateway.fetch('/metrics')).text()),
  );
  const began = Date.now();
  assert.equal((await gateway.stop()).code, 0);
  assert.ok(Date.now() - began < 5000);

  const last = (await stream).trimEnd().split('\n').at(-1);
  assert.equal(JSON.parse(last.slice('data: '.length)).error.code, 'draining');
  for (const response of [await whole, await waiting]) {
    assert.equal(response.status, 503);
    assert.equal((await response.json()).error.code, 'draining');
    assert.equal(response.headers.get('retry-after'), '1');
  }
  const told = gateway.records().filter((record) => record.error_code === 'draining');
  assert.deepEqual(told.map((record) => record.outcome).sort(), ['cut', 'failed', 'refused']);
  await until('cancelled upstream', async () => (await provider.status()).in_flight === 0);
});

test('a second Ctrl-C waits for nobody', async () => {
  const gateway = await stage.gateway(documentOf({ steady: provider }));
  const cut = post(gateway, { stream: true })
    .then((response) => response.text())
    .catch(() => 'cut');
  await until('under way', async () => (await provider.status()).in_flight === 1);
  gateway.stop('SIGINT');
  await until('draining', () => /drains/.test(gateway.running.output));
  assert.equal((await gateway.stop('SIGINT')).signal, 'SIGINT');
  await cut;
});

test('a start that is refused keeps nothing of the file, which can be mended', () => {
  const folder = stage.folder();
  const file = path.join(folder, 'gateway.json');
  const data = path.join(folder, 'data');
  writeFileSync(file, JSON.stringify(documentOf({ steady: provider })));
  const { status, stderr } = spawnSync(
    binary,
    ['serve', '--config', file, '--data', data, '--listen', '0.0.0.0:0'],
    { encoding: 'utf8' },
  );
  assert.equal(status, 1);
  assert.match(stderr, /API key/);
  assert.ok(!existsSync(path.join(data, 'config.json')));
});

test('SIGHUP puts a changed file in force, and leaves a broken one alone', async () => {
  const document = documentOf({ steady: provider });
  const gateway = await stage.gateway(document);
  const versionOf = async (model) => {
    const response = await gateway.post(
      '/v1/chat/completions',
      body({ model, messages: user('echo: a') }),
    );
    await response.text();
    return [response.status, response.headers.get('x-gateway-config')];
  };
  assert.deepEqual(await versionOf('extra'), [404, '1']);
  const targets = [{ provider: 'steady', model: 'demo-large' }];
  writeFileSync(gateway.config, JSON.stringify({ ...document, routes: { extra: { targets } } }));
  gateway.running.child.kill('SIGHUP');
  await until('version 2', async () => (await versionOf('extra'))[1] === '2');
  assert.deepEqual(await versionOf('extra'), [200, '2']);
  writeFileSync(gateway.config, '{"providers": 7}');
  gateway.running.child.kill('SIGHUP');
  await until('refused in the log', () =>
    /config/.test(gateway.running.output.split('version=2').at(-1)),
  );
  assert.deepEqual(await versionOf('extra'), [200, '2']);
});

test('SIGHUP takes what changed in the file, keeps edits, and refuses a clash', async () => {
  const gateway = await stage.gateway(documentOf({ steady: provider }));
  const editor = editorOf(gateway);
  const settings = async () => (await editor.get()).body.doc.settings;
  const reread = async (change) => {
    const document = JSON.parse(readFileSync(gateway.config, 'utf8'));
    change(document.settings);
    writeFileSync(gateway.config, JSON.stringify(document));
    gateway.running.child.kill('SIGHUP');
  };
  assert.equal((await editor.patch(1, [put('/settings/max_attempts', 2)])).status, 200);
  await reread((file) => (file.default_policy = 'fastest'));
  await until('version 3', async () => (await editor.get()).body.version === 3);
  assert.equal((await settings()).max_attempts, 2);
  assert.equal((await settings()).default_policy, 'fastest');
  // It is the file as it was read last that counts, over a restart too.
  await gateway.restart();
  await editor.patch(3, [put('/settings/default_policy', 'priority')]);
  await reread((file) => (file.default_policy = 'weighted'));
  await until('the clash in the log', () => /clash/.test(gateway.running.output));
  assert.equal((await settings()).default_policy, 'priority');
  assert.equal((await editor.get()).body.version, 4);
});

test('check names every problem with its place', () => {
  const file = path.join(stage.folder(), 'gateway.json');
  writeFileSync(
    file,
    `{
  "providers": {
    "a": { "dialect": "openai", "base_url": "https://a.example/v1", "api_key": "k",
      "models": { "m": { "price": { "input": -1 } } } }
  },
  "routes": { "r": { "targets": [ { "provider": "b", "model": "m" } ] } },
  "setings": {}
}`,
  );
  const { status, stdout } = spawnSync(binary, ['check', file], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stdout, /\/providers\/a\/models\/m\/price\/input/);
  assert.match(stdout, /\/routes\/r\/targets\/0/);
  assert.match(stdout, /settings/);
  assert.match(stdout, /\b4:\d+/);
  writeFileSync(file, JSON.stringify(documentOf({ steady: provider })));
  assert.equal(spawnSync(binary, ['check', file]).status, 0);
});

test('every command explains itself', () => {
  for (const command of ['serve', 'check', 'usage', 'demo-provider']) {
    const { status, stdout } = spawnSync(binary, [command, '--help'], { encoding: 'utf8' });
    assert.equal(status, 0, command);
    assert.ok(stdout.startsWith(`llm-gateway ${command}`), stdout);
  }
});

test('metrics count what was answered, in configured names only', async () => {
  const gateway = await stage.gateway(documentOf({ steady: provider }));
  const asked = await gateway.post('/v1/chat/completions', body({ messages: user('echo: a') }));
  await asked.text();
  await (await gateway.post('/v1/chat/completions', body({ model: "client's own words" }))).text();
  let text = '';
  await until('counted', async () => {
    text = await (await gateway.fetch('/metrics')).text();
    return /llm_gateway_requests_total\{[^}]*provider="steady"[^}]*\} 1\b/.test(text);
  });
  for (const name of [
    'llm_gateway_tokens_total',
    'llm_gateway_cost_usd_total',
    'llm_gateway_request_seconds_bucket',
    'llm_gateway_attempts_total',
    'llm_gateway_provider_up',
    'llm_gateway_ledger_records_total',
    'llm_gateway_build_info',
  ])
    assert.ok(text.includes(name), name);
  assert.ok(!text.includes('own words'));
});

test("the demo answers with no account and no provider of one's own", async () => {
  const gateway = await stage.gateway({ providers: {} }, { args: ['--demo'] });
  const ids = [];
  for await (const model of gateway.client().models.list()) ids.push(model.id);
  for (const id of ['demo', 'demo-small', 'demo-sage/demo-large', 'demo-gem/demo-small'])
    assert.ok(ids.includes(id), id);
  for (const model of [
    'auto',
    'demo',
    'demo-free',
    'demo-sage/demo-large',
    'demo-gem/demo-small',
  ]) {
    const answer = await gateway
      .client()
      .chat.completions.create({ model, messages: user('echo: hello') });
    assert.equal(answer.choices[0].message.content, 'hello', model);
  }
  const answer = await gateway.client().embeddings.create({ model: 'demo-embed', input: 'a' });
  assert.equal(answer.data[0].embedding.length, 64);
});

test('the log tells no prompt, no answer and no key', async () => {
  const gateway = await stage.gateway(documentOf({ steady: provider }), {
    args: ['--log-level', 'trace'],
  });
  for (const stream of [false, true]) {
    const response = await gateway.post(
      '/v1/chat/completions',
      body({ stream, messages: user('echo: words that are private') }),
      { authorization: 'Bearer key-that-is-private' },
    );
    assert.ok((await response.text()).includes('private'));
  }
  await provider.order({ fail: '500', count: 1 });
  await (await post(gateway, { messages: user('echo: words that are private') })).text();
  await gateway.stop();
  assert.ok(!gateway.running.output.includes('private'));
  assert.ok(!gateway.running.output.includes('key-of-steady'));
  const stored = JSON.stringify(gateway.records());
  assert.ok(!stored.includes('private') && !stored.includes('key-of'));
  assert.ok(readFileSync(gateway.config, 'utf8').includes('key-of-steady'), 'the key was one');
});
