// Several nodes, one quota: strict providers judge what all nodes send together.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { editorOf, put } from './editor.mjs';
import { chat, demand } from './load.mjs';
import { Stage, documentOf, sleep, until } from './support.mjs';

const stage = new Stage();
let authority;
before(() => (authority = new Authority(stage.folder())));
after(() => stage.close());

const soon = (what, condition) => until(what, condition, 60_000);
const portOf = (gateway) => /cluster port at (\S+)/.exec(gateway.running.output)?.[1];

/// Nodes that have found each other and agree on the first one's document.
async function cluster(document, size) {
  const nodes = [];
  for (let i = 1; i <= size; ++i) {
    const name = `gw-${i}`;
    const join = nodes.flatMap((other) => ['--join', portOf(other)]);
    const place = ['--cluster-listen', '127.0.0.1:0', '--cluster-tls', authority.issue(name)];
    const node = await stage.gateway(document, { args: ['--node', name, ...place, ...join] });
    await soon('the cluster port listens', () => portOf(node));
    // Where it comes back after a kill, the others look for it.
    const { args } = node;
    args[args.indexOf('--cluster-listen') + 1] = portOf(node);
    nodes.push(node);
  }
  for (const node of nodes)
    await soon('it answers', async () => (await ask(node, chatModel)).status === 200);
  return nodes;
}

const chatModel = 'always/demo-small';
function ask(node, model) {
  return fetch(`${node.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(chat(model)),
  });
}

/// A provider that allows far more than `cluster` asks, but has a limit to share.
async function always() {
  const provider = await stage.provider('always');
  return provider.config({ limits: { rpm: 100_000 } });
}

/// Limits as different as providers have them, each asked for five times as much.
const judges = [
  { name: 'sliding', kind: 'sliding', window: 8, rpm: 48 },
  { name: 'fixed', kind: 'fixed', window: 8, rpm: 48, phase: 3 },
  { name: 'bucket', kind: 'bucket', window: 8, rpm: 48 },
  { name: 'tokens', kind: 'sliding', window: 8, tpm: 480 },
  { name: 'small', kind: 'sliding', window: 8, rpm: 4 },
];
const tokens = 6; // of a request: three in, three out

test('of three nodes, killed too, no strict provider sees one request too many', async (t) => {
  const providers = {};
  const configs = { always: await always() };
  for (const { name, kind, ...limits } of judges) {
    const { window, rpm, tpm } = limits;
    const options = { limit_kind: kind, latency_ms: 15, ...limits };
    providers[name] = await stage.provider(name, 'openai', options);
    const unit = rpm ? 'requests' : 'tokens';
    const windows = [{ unit, limit: rpm ?? tpm, window: `${window}s` }];
    configs[name] = providers[name].config({ limits: { windows } });
  }
  const nodes = await cluster(documentOf(configs), 3);

  const answers = {};
  for (const { name } of judges) answers[name] = { ok: 0, refused: 0, other: [] };
  const loadOn = (node, share) =>
    judges.map(({ name, window, rpm, tpm }) =>
      demand({
        gateway: node,
        perSecond: (5 * share * (rpm ?? tpm / tokens)) / window,
        bodyOf: () => chat(`${name}/demo-small`, 'echo: one two'),
        onAnswer: ({ status, text }) => {
          if (status === 200) ++answers[name].ok;
          else if (status === 429 || status === 503) ++answers[name].refused;
          else answers[name].other.push(`${status} ${text.slice(0, 200)}`);
        },
      }),
    );
  const stop = async (loads) => {
    for (const load of loads) await load.stop();
  };
  const began = Date.now();
  // All at one node that is not the broker, then at others; and a kill of either kind of node.
  let loads = loadOn(nodes[2], 1);
  await sleep(14_000);
  await stop(loads);
  loads = [...loadOn(nodes[0], 0.3), ...loadOn(nodes[1], 0.7)];
  await sleep(6_000);
  await nodes[2].stop('SIGKILL');
  await sleep(6_000);
  await nodes[2].launch();
  await sleep(4_000);
  await nodes[0].stop('SIGKILL'); // the broker, and the leader as long as nobody else is
  await sleep(6_000);
  await nodes[0].launch();
  await sleep(8_000);
  await stop(loads);
  const seconds = (Date.now() - began) / 1000;

  for (const { name, window, rpm, tpm } of judges) {
    const { over, allowed, tokens: used } = await providers[name].status();
    const { ok, refused, other } = answers[name];
    const spent = tpm ? used.input + used.output : allowed;
    const share = spent / (((rpm ?? tpm) * seconds) / window);
    t.diagnostic(
      `${name}: ${allowed} allowed, ${over} over, ${ok} answered, ${refused} refused, ` +
        `${(share * 100).toFixed(0)} % of the limit`,
    );
    assert.equal(over, 0, name);
    assert.deepEqual(other, [], name);
    assert.ok(refused > ok, `${name}: demand was above the limit`);
    // Of a short window the time until a provider has surely counted is a large part, and whoever
    // was killed takes its permits along for a while.
    assert.ok(share > 0.4, `${name}: only ${share} of the limit was used`);
  }
});

test('an edit at one node is in force at all, and of two at once one is refused', async () => {
  const scarce = (await stage.provider('scarce')).config({ limits: { rpd: 2 } });
  const nodes = await cluster(documentOf({ always: await always(), scarce }), 3);
  const editors = nodes.map((node) => editorOf(node));
  const versionOf = async (i) => (await editors[i].get()).body.version;
  const attempts = (i, base, count) =>
    editors[i].patch(base, [put('/settings/max_attempts', count)]);
  const has = (i, version) => soon('it is in force', async () => (await versionOf(i)) === version);
  const base = await versionOf(0);
  const edited = await attempts(1, base, 4);
  assert.equal(edited.status, 200, edited.text);
  const { version } = edited.body;
  for (const i of [0, 1, 2]) await has(i, version);

  const both = await Promise.all([attempts(0, version, 5), attempts(2, version, 6)]);
  assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 412]);
  for (const i of [0, 1, 2]) await has(i, version + 1);
  const texts = await Promise.all(editors.map(async (one) => (await one.get()).body.doc));
  assert.deepEqual(texts[1], texts[0]);
  assert.deepEqual(texts[2], texts[0]);

  // A node that was away meanwhile has all of it when it comes back.
  await nodes[2].stop('SIGKILL');
  const third = await attempts(0, version + 1, 3);
  assert.equal(third.status, 200, third.text);
  await nodes[2].launch();
  await has(2, version + 2);

  // Without a majority nothing is agreed on, and permits are used on.
  await nodes[0].stop('SIGKILL');
  await nodes[1].stop('SIGKILL');
  const alone = await attempts(2, version + 2, 2);
  assert.equal(alone.status, 409, alone.text);
  assert.equal(alone.body.type, 'no_quorum');
  assert.equal((await ask(nodes[2], chatModel)).status, 200);
  // What is not here may be where a client gets it, and this node does not.
  const elsewhere = await ask(nodes[2], 'scarce/demo-small');
  assert.equal(elsewhere.status, 503);
  assert.equal(elsewhere.headers.get('retry-after'), '0');
  assert.equal((await elsewhere.json()).error.code, 'no_provider_available');
});
