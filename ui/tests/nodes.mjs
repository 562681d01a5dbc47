// The pages of a provider and of the cluster on three real nodes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Authority } from '../../tests/e2e/certificates.mjs';
import { linked, startCluster } from '../../tests/e2e/cluster_nodes.mjs';
import { chat, demand } from '../../tests/e2e/load.mjs';
import { documentOf, Stage, until } from '../../tests/e2e/support.mjs';
import { Browser, checkPage, keep, large, small } from './browser.mjs';
import { isLive } from './fake-stage.mjs';

const limit = 600;
const stage = new Stage();
let browser;
let nodes;
let loads;
let signedIn;

before(async () => {
  const steady = await stage.provider('steady', 'openai', { latency_ms: 60 });
  const config = documentOf({
    steady: steady.config({ models: ['demo-small'], limits: { rpm: limit, tpm: 400000 } }),
  });
  nodes = await startCluster(stage, 3, { signer: new Authority(stage.folder()), config });
  const bodyOf = () => chat('steady/demo-small', 'a few words', { stream: true });
  const onAnswer = () => undefined;
  loads = nodes.map((gateway) => demand({ gateway, perSecond: 2, bodyOf, onAnswer }));
  browser = await Browser.start();
  signedIn = await browser.signIn(nodes[0].url, nodes[0].adminKey());
});
after(async () => {
  await Promise.all(loads?.map((load) => load.stop()) ?? []);
  await browser?.close();
  await stage.close();
});

const open = (path, options = {}) =>
  browser.page(nodes[0].url + path, { storageState: signedIn, ...options });

const bars = (page) =>
  page.locator('svg.shares').evaluateAll((all) =>
    all.map((bar) => {
      const parts = [...bar.querySelectorAll('rect[data-amount]')];
      return {
        kinds: parts.map((part) => part.dataset.kind),
        sum: parts.reduce((sum, part) => sum + Number(part.dataset.amount), 0),
      };
    }),
  );

for (const [path, name] of [
  ['/providers/steady', 'provider'],
  ['/cluster', 'cluster'],
])
  for (const [size, sizeName] of [
    [large, ''],
    [small, '-mobile'],
  ])
    for (const theme of ['dark', 'light'])
      test(`the page ${name} is whole, ${theme}, ${size.width} px wide`, async () => {
        const page = await open(path, { size, theme });
        await isLive(page);
        await page.waitForTimeout(1500);
        await checkPage(page);
        await keep(page, `${name}${sizeName}-${theme}`);
        await page.closeChecked();
      });

test('a killed node is silent, its part out of reach until it is back', async () => {
  const provider = await open('/providers/steady');
  const cluster = await open('/cluster');
  await Promise.all([isLive(provider), isLive(cluster)]);
  await until('all three hold a part', async () => {
    const [rpm] = await bars(provider);
    return rpm?.sum === limit && (await provider.locator('tbody tr[data-id^=gw-]').count()) === 3;
  });
  const [, , third] = nodes;
  await loads[2].stop();
  await third.stop('SIGKILL');
  const note = cluster.getByRole('group', { name: 'gw-3 is out of reach' });
  await note.waitFor({ timeout: 7000 });
  await cluster.getByText('2 of 3 heard').waitFor();
  assert.equal(await cluster.locator('tr[data-id=gw-3] .col-now').innerText(), '–');
  const row = provider.locator('tr[data-id=gw-3]', { hasText: 'out of reach' });
  await row.waitFor({ timeout: 7000 });
  // What is told one after the other may differ for a moment.
  const isWhole = async () => (await bars(provider))[0].sum === limit;
  await until('the bar is whole', isWhole);
  assert.ok((await bars(provider))[0].kinds.includes('unreachable'));
  await third.launch();
  await linked(nodes[0], 'gw-2', 'gw-3');
  await note.waitFor({ state: 'detached', timeout: 10_000 });
  await row.waitFor({ state: 'detached', timeout: 10_000 });
  await until('the bar is whole again', isWhole);
  await cluster.getByText('3 of 3 heard').waitFor();
  await Promise.all([provider.closeChecked(), cluster.closeChecked()]);
});

test('what an operator drains is not called until undrained', async () => {
  const page = await open('/providers/steady');
  await isLive(page);
  const isAnswered = async () => {
    const body = chat('steady/demo-small', 'a few words');
    return (await nodes[0].post('/v1/chat/completions', body)).status === 200;
  };
  const press = async (word) => {
    await page.getByRole('button', { name: word, exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: word, exact: true }).click();
  };
  await press('Drain');
  await page.locator('[data-health]', { hasText: 'Drained' }).waitFor();
  assert.equal(await isAnswered(), false);
  await press('Undrain');
  await page.locator('[data-health]', { hasText: 'Healthy' }).waitFor();
  await until('it is called again', isAnswered);
  await page.closeChecked();
});
