// The dashboard as it is served: the real executable with simulated providers, a real browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { editorOf, put } from '../../tests/e2e/editor.mjs';
import { chat, demand } from '../../tests/e2e/load.mjs';
import { documentOf, Stage, until } from '../../tests/e2e/support.mjs';
import { Browser, checkPage, figure, keep, large, numberIn, small } from './browser.mjs';
import { writePast } from './past.mjs';

const stage = new Stage();
let browser;
let gateway;
let providers;
let load;
let answered = 0;
let signedIn; // an admin's cookie, for tests that are not about signing in

const link = () => /sign in at (\S+)/.exec(gateway.running.output)?.[1];
const adminKey = () => readFileSync(path.join(gateway.data, 'admin-key'), 'utf8').trim();
const isLive = (page) => page.locator('.live .dot').waitFor();

before(async () => {
  const options = (latency, speed, more = {}) => ({
    latency_ms: latency,
    tokens_per_second: speed,
    ...more,
  });
  providers = {
    swift: await stage.provider('swift', 'openai', options(60, 900, { rpm: 600 })),
    gem: await stage.provider('gem', 'gemini', options(120, 700)),
    atlas: await stage.provider('atlas', 'openai', options(90, 800)),
    sage: await stage.provider('sage', 'anthropic', options(180, 500)),
    delta: await stage.provider('delta', 'openai', options(320, 300)),
  };
  const models = ['demo-small'];
  const document = documentOf({
    swift: providers.swift.config({ models, free_tier: true, limits: { rpm: 600, tpm: 400000 } }),
    gem: providers.gem.config({ models, free_tier: true, limits: { rpm: 300, rpd: 9000 } }),
    atlas: providers.atlas.config({ models, price: { input: 0.1, output: 0.4 } }),
    sage: providers.sage.config({
      models,
      price: { input: 0.8, output: 4 },
      limits: { tpm: 300000 },
    }),
    delta: providers.delta.config({ models: ['demo-large'], price: { input: 0.4, output: 1.2 } }),
  });
  document.settings.cooldown = true;
  document.routes = {
    chat: {
      policy: 'weighted',
      targets: [
        { provider: 'swift', model: 'demo-small', weight: 5 },
        { provider: 'gem', model: 'demo-small', weight: 3 },
        { provider: 'atlas', model: 'demo-small', weight: 4 },
        { provider: 'sage', model: 'demo-small', weight: 2 },
        { provider: 'delta', model: 'demo-large', weight: 1 },
      ],
    },
  };
  gateway = await stage.gateway(document);
  await gateway.stop();
  const past = (provider, perMinute, ttft, price, more = {}) => ({
    provider,
    model: provider === 'delta' ? 'demo-large' : 'demo-small',
    perMinute,
    ttft,
    price,
    errors: 0.004,
    ...more,
  });
  writePast(
    gateway.data,
    'node-1',
    [
      past('swift', 60, 80, 1, { free: true }),
      past('gem', 36, 140, 1, { free: true }),
      past('atlas', 48, 110, 0.4),
      past('sage', 24, 210, 4),
      past('delta', 12, 380, 1.2, { errors: 0.02 }),
    ],
    58,
  );
  await gateway.launch();
  const onAnswer = ({ status }) => (answered += status === 200 ? 1 : 0);
  const bodyOf = (number) => chat('chat', 'a few words', { stream: number % 2 === 0 });
  load = demand({ gateway, perSecond: 6, bodyOf, onAnswer });
  browser = await Browser.start();
  signedIn = await browser.signIn(gateway.url, adminKey());
});
after(async () => {
  await load?.stop();
  await browser?.close();
  await stage.close();
});

test('the printed link signs in, and its code is nowhere afterwards', async () => {
  const page = await browser.page(link());
  await isLive(page);
  const code = new URL(link()).hash.slice('#code='.length);
  assert.equal(page.url(), `${gateway.url}/`);
  assert.equal(await page.evaluate(() => history.length), 2);
  const kept = await page.evaluate(() =>
    JSON.stringify([localStorage, sessionStorage, document.cookie]),
  );
  assert.ok(!kept.includes(code));
  await page.reload();
  await isLive(page);
  const spent = await browser.page(link());
  await spent.locator('dialog[open]').waitFor();
  spent.allow(/401/);
  await spent.closeChecked();
  await page.closeChecked();
});

for (const [path_, name] of [
  ['/', 'overview'],
  ['/requests', 'requests'],
  ['/providers', 'providers'],
])
  for (const [size, sizeName] of [
    [large, ''],
    [small, '-mobile'],
  ])
    for (const theme of ['dark', 'light'])
      test(`the page ${name} is whole, ${theme}, ${size.width} px wide`, async () => {
        const page = await browser.page(gateway.url + path_, {
          size,
          theme,
          storageState: signedIn,
        });
        await isLive(page);
        await page.waitForTimeout(800);
        await checkPage(page);
        await keep(page, `${name}${sizeName}-${theme}`);
        await page.closeChecked();
      });

test('figures are those of the node, and move with the load', async () => {
  const page = await browser.page(gateway.url, { storageState: signedIn });
  await isLive(page);
  const minute = async () => numberIn(await page.locator('dl dd.detail').first().innerText());
  const [shown, done] = [await minute(), answered];
  await page.waitForTimeout(4000);
  const rate = (answered - done) / 4;
  assert.ok(Math.abs(numberIn(await figure(page, 'Requests')) - rate) < 2, `${rate} a second`);
  assert.ok((await minute()) !== shown);
  assert.ok(numberIn(await figure(page, 'First token')) > 20);
  assert.match(await figure(page, 'Spend today'), /^\$\d/);
  await page.closeChecked();
});

test('a provider that fails is told within a second, and healthy again by itself', async () => {
  const page = await browser.page(gateway.url, { storageState: signedIn });
  await isLive(page);
  await page.getByText('Nothing needs attention').waitFor();
  await providers.atlas.order({ fail: '429', wait_ms: 3000, count: 1 });
  const refused = gateway.post('/v1/chat/completions', chat('atlas/demo-small'));
  const cause = page.locator('.attention a', { hasText: 'atlas is cooling down: it answered 429' });
  await cause.waitFor({ timeout: 3000 });
  await refused;
  await cause.click();
  await page.waitForURL('**/providers/atlas');
  await page.locator('[data-health]', { hasText: 'Cooling down' }).waitFor({ timeout: 3000 });
  await page.keyboard.type('gp');
  await page.waitForURL('**/providers');
  const row = page.locator('tr[data-id=atlas]');
  await row.filter({ hasText: /Cooldown\s0:0[123]/ }).waitFor({ timeout: 3000 });
  // Three seconds of rest, then a call that tries it, then ten in which it is given more and more.
  await row.filter({ hasText: 'Being tried' }).waitFor({ timeout: 10_000 });
  await row.filter({ hasText: 'Healthy' }).waitFor({ timeout: 20_000 });
  await page.closeChecked();
});

test('a provider that somebody adds or removes comes and goes with no reload', async () => {
  const page = await browser.page(`${gateway.url}/providers`, { storageState: signedIn });
  await isLive(page);
  const edit = async (patch) => {
    const { version } = await (await gateway.admin('/config')).json();
    const edited = await editorOf(gateway).patch(version, patch);
    assert.equal(edited.status, 200, edited.text);
  };
  const row = page.locator('tr[data-id=added]');
  await edit([put('/providers/added', providers.atlas.config({ models: ['demo-small'] }))]);
  await row.waitFor();
  await edit([{ op: 'remove', path: '/providers/added' }]);
  await row.waitFor({ state: 'detached' });
  await page.closeChecked();
});

test('all that was answered is counted, once', async () => {
  await load.stop();
  const page = await browser.page(`${gateway.url}/providers`, { storageState: signedIn });
  await isLive(page);
  const breakdown = await (await gateway.admin('/breakdown?by=provider&last=24h')).json();
  const rows = await page.locator('tbody tr').count();
  assert.equal(rows, breakdown.items.length);
  const requests = gateway.records().length;
  await until(
    'the totals have all',
    async () =>
      (await (await gateway.admin('/breakdown?by=provider&last=24h')).json()).total.requests ===
      requests,
  );
  await page.closeChecked();
});

test('a node that restarts is missed, and the page goes on where it was', async () => {
  const page = await browser.page(`${gateway.url}/providers?state=healthy`, {
    storageState: signedIn,
  });
  await isLive(page);
  await gateway.stop();
  await page.locator('.strip-note', { hasText: 'Lost' }).waitFor({ timeout: 15_000 });
  const port = new URL(gateway.url).port;
  gateway.args = gateway.args.map((arg) => (arg === '127.0.0.1:0' ? `127.0.0.1:${port}` : arg));
  await gateway.launch();
  await isLive(page);
  assert.equal(await page.locator('.strip-note').count(), 0);
  assert.equal(new URL(page.url()).search, '?state=healthy');
  page.allow(/ERR_|Failed to load/);
  await page.closeChecked();
});

test('an admin key signs in, a wrong one does not, and signing out is for good', async () => {
  const page = await browser.page(gateway.url);
  const field = page.getByLabel('Admin key');
  await field.fill('wrong');
  await page.keyboard.press('Enter');
  await page.locator('#token-error').waitFor();
  await field.fill(adminKey());
  await page.keyboard.press('Enter');
  await isLive(page);
  const { cookies } = await page.context().storageState();
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await field.waitFor();
  assert.equal(await field.inputValue(), '');
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  assert.equal((await gateway.fetch('/admin/v1/me', { headers: { cookie } })).status, 401);
  page.allow(/401/);
  await page.closeChecked();
});

test('the keyboard reaches everything', async () => {
  const page = await browser.page(gateway.url, { storageState: signedIn });
  await isLive(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.keyboard.type('gp');
  await page.waitForURL('**/providers');
  await page.locator('tbody tr').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('swift');
  await page.waitForURL('**/providers?q=swift');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.id), 'swift');
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  const before = await theme();
  await page.keyboard.press('t');
  assert.notEqual(await theme(), before);
  await page.keyboard.press('.');
  await page.getByText('Paused').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('over');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${gateway.url}/`);
  await page.closeChecked();
});
