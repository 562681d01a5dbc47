// Certificates that are exchanged while nodes run: no request and no link notices.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { linked, soon, startCluster, startNode } from './cluster_nodes.mjs';
import { chat, demand } from './load.mjs';
import { Stage, documentOf, until } from './support.mjs';

const stage = new Stage();
let document;
before(async () => {
  document = documentOf({ steady: await stage.provider('steady') });
});
after(() => stage.close());

const tlsOf = (gateway) => gateway.args[gateway.args.indexOf('--cluster-tls') + 1];

/// As an operator's tool does it: the whole file at once.
function replace(folder, name, text) {
  writeFileSync(path.join(folder, 'new'), text);
  renameSync(path.join(folder, 'new'), path.join(folder, name));
}
const certificateOf = (authority) => readFileSync(authority.certificate, 'utf8');
const times = (gateway, text) => gateway.running.output.split(text).length - 1;
const reloaded = (gateway, count, within_ms = 20_000) =>
  until(
    'the new certificates are in force',
    () => times(gateway, 'certificate reloaded of=cluster') >= count,
    within_ms,
  );

test('another authority comes in three steps under load, and nobody notices', async (t) => {
  const old = new Authority(stage.folder(), 'old');
  const next = new Authority(stage.folder(), 'next');
  const nodes = await startCluster(stage, 2, { signer: old, config: document });
  const [one, two] = nodes;
  const statuses = {};
  const loads = nodes.map((gateway) =>
    demand({
      gateway,
      perSecond: 50,
      bodyOf: () => chat('steady/demo-small'),
      onAnswer: ({ status }) => (statuses[status] = (statuses[status] ?? 0) + 1),
    }),
  );
  for (const gateway of nodes) {
    replace(tlsOf(gateway), 'ca.pem', certificateOf(old) + certificateOf(next));
    gateway.running.child.kill('SIGHUP');
    await reloaded(gateway, 1);
  }
  for (const [i, gateway] of nodes.entries()) {
    const issued = next.issue(`gw-${i + 1}`);
    for (const name of ['node.key', 'node.pem'])
      replace(tlsOf(gateway), name, readFileSync(path.join(issued, name)));
    // Whoever sends no signal is found out within half a minute.
    if (i === 0) gateway.running.child.kill('SIGHUP');
    await reloaded(gateway, 2, 60_000);
  }
  for (const gateway of nodes) {
    replace(tlsOf(gateway), 'ca.pem', certificateOf(next));
    gateway.running.child.kill('SIGHUP');
    await reloaded(gateway, 3);
  }
  for (const load of loads) await load.stop();
  t.diagnostic(JSON.stringify(statuses));
  assert.deepEqual(Object.keys(statuses), ['200']);
  assert.ok(statuses[200] > 100);
  for (const gateway of nodes) assert.equal(times(gateway, 'peer lost'), 0);

  // What begins now has the new ones.
  two.running.child.kill('SIGSTOP');
  await linked(one);
  two.running.child.kill('SIGCONT');
  await linked(one, 'gw-2');
  const late = await startNode(stage, 'gw-3', { join: [one], signer: old, config: document });
  await soon('the old authority is not believed', () => /not linked/.test(late.running.output));
  await linked(one, 'gw-2');

  // Bad ones are named, and change nothing.
  replace(tlsOf(one), 'node.pem', 'no certificate');
  one.running.child.kill('SIGHUP');
  await soon('it says what is wrong', () =>
    /certificate not reloaded, the old one stays of=cluster .*node\.pem holds no certificate/.test(
      one.running.output,
    ),
  );
  await startNode(stage, 'gw-4', { join: [one], signer: next, config: document });
  await linked(one, 'gw-2', 'gw-4');
});

test('a renewed HTTPS certificate serves new connections, and running ones go on', async () => {
  const authority = new Authority(stage.folder());
  const folder = stage.folder();
  const take = (name) => {
    const issued = authority.issue(name);
    for (const file of ['node.pem', 'node.key'])
      copyFileSync(path.join(issued, file), path.join(folder, file));
  };
  take('first');
  const files = ['node.pem', 'node.key'].map((name) => path.join(folder, name));
  const gateway = await stage.gateway(document, {
    args: ['--tls-cert', files[0], '--tls-key', files[1]],
  });
  /// Who serves it, by that connection.
  const servedBy = (agent) =>
    new Promise((resolve, reject) => {
      const request = https.get(`${gateway.url}/healthz`, { agent }, (response) => {
        const { CN } = response.socket.getPeerCertificate().subject;
        response.resume().on('end', () => resolve(`${response.statusCode} ${CN}`));
      });
      request.on('error', reject);
    });
  const kept = { keepAlive: true, maxSockets: 1, rejectUnauthorized: false };
  const agent = () => new https.Agent(kept);
  const early = agent();
  assert.equal(await servedBy(early), '200 first');
  take('second');
  gateway.running.child.kill('SIGHUP');
  await until('new', () => /certificate reloaded of=https/.test(gateway.running.output));
  const late = agent();
  assert.equal(await servedBy(late), '200 second');
  assert.equal(await servedBy(early), '200 first');
  writeFileSync(files[1], 'no key');
  gateway.running.child.kill('SIGHUP');
  await until('refused', () =>
    /the old one stays of=https .*node\.key/.test(gateway.running.output),
  );
  assert.equal(await servedBy(agent()), '200 second');
  for (const one of [early, late]) one.destroy();
});
