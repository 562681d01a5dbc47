// Limits that change while several nodes share them: what the document says is what all of them
// send together, and nobody begins a window anew.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { editorOf, put } from './editor.mjs';
import { chat, demand } from './load.mjs';
import { always, cluster, soon, whole } from './nodes.mjs';
import { Stage, documentOf, sleep } from './support.mjs';

const window = 4;
const out_ms = (window + 1) * 1000; // that long a used permit is out
const windowsOf = (limit) => [{ unit: 'requests', limit, window: `${window}s` }];

const stage = new Stage();
let authority;
before(() => (authority = new Authority(stage.folder())));
after(() => stage.close());

/// Three nodes, and five times `limit` asked of the provider at two of them; all end with the test.
async function share(t, provider, limit) {
  const strict = provider.config({ limits: { windows: windowsOf(limit) } });
  const document = documentOf({ always: await always(stage), [provider.name]: strict });
  const nodes = await cluster(stage, authority, document, 3);
  await whole(nodes);
  const loads = nodes.slice(1).map((gateway) =>
    demand({
      gateway,
      perSecond: (2.5 * limit) / window,
      bodyOf: () => chat(`${provider.name}/demo-small`),
      onAnswer: () => {},
    }),
  );
  t.after(async () => {
    await Promise.all(loads.map((load) => load.stop()));
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
  });
  return nodes;
}

/// The change is in force at all nodes when it has been made at one.
async function change(nodes, at, steps) {
  const editors = nodes.map((node) => editorOf(node));
  const { version } = (await editors[at].get()).body;
  const { status, text, body } = await editors[at].patch(version, steps);
  assert.equal(status, 200, text);
  for (const { get } of editors)
    await soon('it is in force', async () => (await get()).body.version === body.version);
}

test('a limit that is raised is used by all nodes, one that is lowered is kept', async (t) => {
  const options = { limit_kind: 'sliding', rpm: 48, window, latency_ms: 15 };
  const provider = await stage.provider('strict', 'openai', options);
  const nodes = await share(t, provider, 24);
  const set = (at, limit) =>
    change(nodes, at, [put('/providers/strict/limits/windows', windowsOf(limit))]);
  /// What comes through in two windows' time, and the most that a limit lets through in it.
  const passing = async () => {
    const began = Date.now();
    const { allowed } = await provider.status();
    await sleep(2 * window * 1000);
    const passed = (await provider.status()).allowed - allowed;
    const windows = Math.ceil((Date.now() - began) / 1000 / window);
    return { passed, mostOf: (limit) => limit * windows };
  };

  await sleep(out_ms);
  const first = await passing();
  await set(1, 48);
  await sleep(out_ms);
  const raised = await passing();
  await set(2, 12);
  await sleep(2 * out_ms);
  const lowered = await passing();
  const { over } = await provider.status();
  t.diagnostic(
    `${first.passed} at 24, ${raised.passed} at 48, ${lowered.passed} at 12 in two windows; ` +
      `${over} over`,
  );
  assert.equal(over, 0);
  assert.ok(first.passed <= first.mostOf(24), 'the limit of the document is kept');
  assert.ok(raised.passed > first.passed, 'a raised limit is used');
  assert.ok(lowered.passed <= lowered.mostOf(12), 'a lowered limit is kept');
  assert.ok(lowered.passed > 0, 'a lowered limit is used');
});

test('a provider that goes and comes again has no new window for it', async (t) => {
  const options = { limit_kind: 'sliding', rpm: 24, window, latency_ms: 15 };
  const provider = await stage.provider('again', 'openai', options);
  const nodes = await share(t, provider, 24);
  const limits = { windows: windowsOf(24) };
  for (const at of [0, 1, 2]) {
    await sleep(1500);
    await change(nodes, at, [{ op: 'remove', path: '/providers/again' }]);
    await change(nodes, (at + 1) % 3, [put('/providers/again', provider.config({ limits }))]);
  }
  await sleep(out_ms);
  const before = (await provider.status()).allowed;
  await sleep(out_ms);
  const { allowed, over } = await provider.status();
  t.diagnostic(`${allowed} allowed, ${over} over`);
  assert.equal(over, 0);
  assert.ok(allowed > before, 'it is used again');
});
