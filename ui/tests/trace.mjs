// A request's way from the log to its trace, as the real executable tells it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { chat } from '../../tests/e2e/load.mjs';
import { documentOf, Stage, until } from '../../tests/e2e/support.mjs';
import { Browser, checkPage, numberIn } from './browser.mjs';

const stage = new Stage();
let browser;
let gateway;
let frail;
let storageState;

before(async () => {
  frail = await stage.provider('frail', 'openai', { latency_ms: 40 });
  const firm = await stage.provider('firm', 'openai', { latency_ms: 60, tokens_per_second: 300 });
  const models = ['demo-small'];
  const price = { input: 0.1, output: 0.4 };
  const document = documentOf({
    frail: frail.config({ models, free_tier: true, limits: { rpm: 600 } }),
    firm: firm.config({ models, price }),
    spare: firm.config({ models, price: { input: 1, output: 4 } }),
  });
  document.settings.cooldown = true;
  const targets = ['frail', 'firm', 'spare'].map((provider) => ({ provider, model: 'demo-small' }));
  document.routes = { why: { policy: 'priority', targets } };
  gateway = await stage.gateway(document);
  browser = await Browser.start();
  const adminKey = readFileSync(path.join(gateway.data, 'admin-key'), 'utf8').trim();
  storageState = await browser.signIn(gateway.url, adminKey);
});
after(async () => {
  await browser?.close();
  await stage.close();
});

const ask = async (model, more = {}) => {
  const answer = await gateway.post('/v1/chat/completions', chat(model, 'a few words', more));
  await answer.text();
  return answer;
};
const isLive = (page) => page.locator('.live .dot').waitFor();
const rows = (page) => page.locator('tr[data-id]');

test('a request is in the log as soon as it has ended', async () => {
  const page = await browser.page(`${gateway.url}/requests?f=route:eq:why`, { storageState });
  await isLive(page);
  await page.getByText('1 filter is on').waitFor();
  await ask('frail/demo-small'); // by no route
  await ask('why', { stream: true });
  await rows(page).first().waitFor({ timeout: 3000 });
  assert.equal(await rows(page).count(), 1);
  assert.match(await rows(page).first().innerText(), /why\s+demo-small\s+frail/);
  await checkPage(page);
  await page.closeChecked();
});

test('a failover has its own shape, its attempts and every candidate with its reason', async () => {
  const page = await browser.page(`${gateway.url}/requests`, { storageState });
  await isLive(page);
  await frail.order({ fail: '429', wait_ms: 60_000, count: 1 });
  assert.equal((await ask('why', { stream: true })).status, 200);
  const row = rows(page).filter({ hasText: 'failed over to' });
  await row.waitFor({ timeout: 3000 });
  await row.click();
  const sheet = page.getByRole('complementary', { name: 'Request' });
  await sheet.getByText('1 failover').waitFor();
  await sheet.getByRole('heading', { name: 'Why firm?' }).waitFor();
  await checkPage(page);
  await sheet.getByRole('link', { name: 'Open full trace' }).click();
  await page.getByRole('heading', { name: 'Why did this request go to firm?' }).waitFor();
  const attempts = await page.locator('.timeline h3').allInnerTexts();
  assert.deepEqual(
    attempts.map((text) => text.replace(/\s+/g, ' ')),
    ['Attempt 1: frail answered 429', 'Attempt 2: firm answered 200'],
  );
  const verdicts = await page.locator('.candidates td.col-verdict').allInnerTexts();
  assert.deepEqual(verdicts, ['Failed', 'Chosen', 'Not needed']);
  await checkPage(page);
  await page.getByRole('button', { name: 'JSON' }).click();
  const { request, spans } = JSON.parse(await page.locator('pre').innerText());
  const covered = spans.reduce((sum, { d_ms: ms }) => sum + ms, 0);
  assert.ok(Math.abs(covered - request.latency_ms) < 1, `${covered} of ${request.latency_ms} ms`);
  await page.closeChecked();
});

test('a provider that rests is passed over, and the trace says for how long', async () => {
  await ask('why');
  const { items } = await (await gateway.admin('/requests?f=route:eq:why&limit=1')).json();
  const page = await browser.page(`${gateway.url}/requests/${items[0].id}`, { storageState });
  const resting = page.locator('.candidates tbody tr', { hasText: 'frail' });
  await resting.waitFor();
  assert.match(await resting.innerText(), /(Filtered|Skipped)\s+Cooling down for \d/);
  await page.getByText('Attempt 1: firm').waitFor();
  await page.getByRole('link', { name: 'older' }).click();
  await page.locator('.timeline h3', { hasText: 'Attempt 1: frail' }).waitFor();
  await page.closeChecked();
});

test('the histogram has all that the log has', async () => {
  const page = await browser.page(`${gateway.url}/requests`, { storageState });
  const all = async () => (await (await gateway.admin('/requests')).json()).count.value;
  const title = page.locator('.histogram h2', { hasText: /\d/ });
  await until('the same count', async () => numberIn(await title.innerText()) === (await all()));
  assert.equal(await rows(page).count(), await all());
  assert.equal(await all(), gateway.records().length);
  await page.closeChecked();
});
