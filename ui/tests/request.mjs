// A request's trace, and the ways to it, on the fake gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../../tests/e2e/support.mjs';
import { checkPage, checkWidth, large, small, widths } from './browser.mjs';
import { fakeStage, isLive } from './fake-stage.mjs';
import { newestKept } from './fake/trace.mjs';

const stage = fakeStage();
const { open } = stage;

const hasRows = (page) => page.locator('tr[data-id]').first().waitFor();
const newest = (holds) => newestKept(stage.fake.log, holds);
const pathOf = (row) => `/requests/${row.id}`;
const ofFailover = () => pathOf(newest((row) => row.outcome === 'failover'));

for (const size of [large, small])
  for (const theme of ['dark', 'light'])
    test(`a trace is whole, ${theme}, ${size.width} px wide`, async () => {
      const page = await open(ofFailover, { size, theme });
      await isLive(page);
      await page.locator('.candidates tbody tr').first().waitFor();
      await checkPage(page);
      await page.closeChecked();
    });

test('no width makes a trace scroll sideways', async () => {
  const page = await open(ofFailover);
  await page.locator('.candidates tbody tr').first().waitFor();
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(60);
    await checkWidth(page);
  }
  await page.closeChecked();
});

test('a trace that does not come is said in its cards, not shown as that of another', async () => {
  const page = await open(() => `${ofFailover()}?f=status:eq:failover`);
  await page.locator('.candidates tbody tr').first().waitFor();
  const older = page.getByRole('link', { name: 'older' });
  const path = new URL(await older.getAttribute('href'), stage.fake.url).pathname;
  stage.fake.faults.set(path, 503);
  await older.click();
  await page.getByText('Timeline did not load').waitFor();
  assert.equal(await page.locator('.candidates tbody tr').count(), 0);
  stage.fake.faults.clear();
  // One in some has none.
  const isNotKept = page.getByText('The trace was not kept');
  await page.locator('.candidates tbody tr').first().or(isNotKept).waitFor({ timeout: 8000 });
  page.allow(/503/);
  await page.closeChecked();
});

test('a trace says why: what was tried, skipped, chosen, and where the time went', async () => {
  const page = await open(ofFailover);
  const row = newest((one) => page.url().endsWith(one.id));
  const candidates = page.locator('.candidates tbody tr');
  await candidates.first().waitFor();
  assert.match(await candidates.first().innerText(), new RegExp(`${row.first_provider}[^]*Failed`));
  const chosen = page.locator('.candidates tr.chosen');
  assert.match(await chosen.innerText(), new RegExp(`${row.provider}[^]*Chosen`));
  await page.getByText('3 more were not kept').waitFor();
  const attempts = await page.locator('.timeline h3').allInnerTexts();
  assert.deepEqual(
    attempts.map((text) => text.replace(/\s+/g, ' ')),
    [`Attempt 1: ${row.first_provider} answered 429`, `Attempt 2: ${row.provider} answered 200`],
  );
  await page.getByRole('button', { name: 'JSON' }).click();
  const json = JSON.parse(await page.locator('pre').innerText());
  assert.equal(json.request.id, row.id);
  const spans = json.spans.reduce((sum, { d_ms: d }) => sum + d, 0);
  assert.ok(Math.abs(spans - row.latency_ms) < 1, `${spans} of ${row.latency_ms} ms`);
  await page.closeChecked();
});

test('a request that was refused has no attempt, one without a trace says so', async () => {
  const page = await open(() => {
    const query = new URLSearchParams('f=status:eq:refused');
    const [refused] = stage.fake.log.rows(0, Date.now(), query);
    return pathOf(refused);
  });
  await page.getByText('429 refused').first().waitFor();
  await page.getByText('The trace was not kept').waitFor();
  await checkPage(page);
  await page.closeChecked();
});

test('J and K go from request to request within the filter', async () => {
  const page = await open(() => `${ofFailover()}?f=status:eq:failover`);
  const id = new URL(page.url()).pathname.split('/').at(-1);
  await page.getByRole('link', { name: 'older' }).waitFor();
  await page.keyboard.press('j');
  await page.waitForURL((url) => !url.pathname.endsWith(id));
  const older = stage.fake.log.find(new URL(page.url()).pathname.split('/').at(-1));
  assert.equal(older.outcome, 'failover');
  assert.ok(older.t + older.latency_ms < Date.now());
  await page.locator('h1', { hasText: older.id }).waitFor();
  await page.getByRole('link', { name: 'newer' }).waitFor();
  await until('the way back', async () => {
    await page.keyboard.press('k');
    return page.url().includes(id);
  });
  await page.getByRole('link', { name: 'Requests' }).last().click();
  await page.waitForURL('**/requests?f=status:eq:failover');
  await page.closeChecked();
});

test('an id that nobody knows is no fault', async () => {
  const page = await open('/requests/req_nothing');
  await page.getByText('No node knows a request “req_nothing”').waitFor();
  await checkPage(page);
  await page.getByRole('link', { name: 'All requests' }).click();
  await hasRows(page);
  page.allow(/404/);
  await page.closeChecked();
});

test('the jump box takes an id, and a failover of the overview leads to its trace', async () => {
  const page = await open('/');
  await isLive(page);
  const row = newest((one) => one.outcome === 'failover');
  await page.keyboard.press('Control+k');
  await page.keyboard.type(row.id);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**${pathOf(row)}`);
  await page.getByRole('heading', { name: /Why did this request go to/ }).waitFor();
  await page.keyboard.type('go');
  const failover = page.locator('section.card', { hasText: 'Failovers' }).locator('li a').first();
  await failover.waitFor({ timeout: 8000 });
  assert.match(await failover.getAttribute('href'), /^\/requests\/req_/);
  await page.getByRole('link', { name: 'All', exact: true }).click();
  await page.waitForURL('**/requests?f=status:in:failover,failed');
  await page.closeChecked();
});
