// The request log, on the fake gateway.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { until } from '../../tests/e2e/support.mjs';
import { checkPage, checkWidth, large, numberIn, small, widths } from './browser.mjs';
import { fakeStage, isLive } from './fake-stage.mjs';
import { newestKept } from './fake/trace.mjs';

const stage = fakeStage();
const { open } = stage;

const rows = (page) => page.locator('tr[data-id]');
const firstId = (page) => rows(page).first().getAttribute('data-id');
const hasRows = (page) => rows(page).first().waitFor();
const counted = async (page) =>
  numberIn(await page.locator('.histogram h2').filter({ hasText: /\d/ }).innerText());
const focused = (page) => page.evaluate(() => document.activeElement.dataset.id ?? null);

const newest = (holds) => newestKept(stage.fake.log, holds);

/// Whether no request is missing between those that are shown, up to `ms` ago.
async function isWhole(page, ms) {
  const ids = await rows(page).evaluateAll((all) => all.map((row) => row.dataset.id));
  const numbers = ids.map((id) => stage.fake.log.numberOf(id));
  const isNext = (number, i) => i === 0 || numbers[i - 1] === number + 1;
  return numbers.every(isNext) && stage.fake.log.endOf(numbers[0]) > Date.now() - ms;
}

for (const size of [large, small])
  for (const theme of ['dark', 'light'])
    test(`the log is whole, ${theme}, ${size.width} px wide`, async () => {
      const path = () => `/requests?open=${newest((row) => row.outcome === 'failover').id}`;
      const page = await open(path, { size, theme });
      await isLive(page);
      await page.waitForTimeout(700);
      await checkPage(page);
      await page.closeChecked();
    });

test('no width makes the log scroll sideways', async () => {
  const page = await open('/requests?f=status:eq:failover');
  await hasRows(page);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(60);
    await checkWidth(page);
  }
  await page.closeChecked();
});

test('a filter is typed, stands in the address over a reload, and goes with a press', async () => {
  const page = await open('/requests');
  await hasRows(page);
  await page.keyboard.press('/');
  await page.getByRole('option', { name: 'latency' }).waitFor();
  await checkPage(page);
  await page.keyboard.type('status = fail');
  await page.getByRole('option', { name: 'failover' }).click();
  await page.waitForURL('**/requests?f=status:eq:failover');
  await page.keyboard.type('tokens in > 1,000');
  await page.keyboard.press('Enter');
  await page.waitForURL('**&f=tokens_in:gt:1000');
  await page.reload();
  await hasRows(page);
  const result = await page.locator('td.col-result').allInnerTexts();
  assert.ok(
    result.every((text) => text.includes('failover')),
    result.join(),
  );
  const tokens = await page.locator('td.col-tokens_in').allInnerTexts();
  assert.ok(
    tokens.every((text) => numberIn(text) > 1000),
    tokens.join(),
  );
  await page.getByRole('button', { name: 'Remove the filter status failover' }).click();
  await page.waitForURL((url) => url.search === '?f=tokens_in:gt:1000');
  await page.closeChecked();
});

test('what is no condition is said, and kept for another try', async () => {
  const page = await open('/requests');
  await hasRows(page);
  const field = page.getByRole('combobox', { name: 'Add a filter' });
  await field.fill('latency > soon');
  await field.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'latency is a time' }).waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(await field.inputValue(), 'latency > soon');
  assert.equal(new URL(page.url()).search, '');
  await page.closeChecked();
});

test('a part of an id finds its request', async () => {
  const page = await open('/requests');
  await hasRows(page);
  const id = newest((row) => row.outcome === 'cut').id;
  await page.getByRole('combobox', { name: 'Add a filter' }).fill(id.slice(4));
  await page.keyboard.press('Enter');
  await page.locator(`tr[data-id="${id}"]`).waitFor();
  await until('only that one', async () => (await rows(page).count()) === 1);
  assert.equal(await counted(page), 1);
  await page.closeChecked();
});

test('dragging over the histogram narrows it and the list, and their counts agree', async () => {
  const page = await open('/requests');
  await isLive(page);
  const all = await counted(page);
  const over = page.locator('.u-over').first();
  const { x, y } = await over.boundingBox();
  await page.mouse.move(x + 300, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + 420, y + 20, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=\d+&to=\d+/);
  await until('fewer', async () => (await counted(page)) < all / 2);
  const query = new URL(page.url()).searchParams;
  const [from, to] = ['from', 'to'].map((name) => Number(query.get(name)));
  const kept = [...stage.fake.log.rows(from, to, new URLSearchParams())];
  assert.equal(await counted(page), kept.length);
  const shown = await rows(page).first().getAttribute('data-id');
  const row = stage.fake.log.find(shown);
  assert.ok(row.t + row.latency_ms >= from && row.t + row.latency_ms < to);
  await page.getByRole('button', { name: 'Show as table' }).click();
  const cells = await page.locator('.scroll tbody td:not(:first-child)').allInnerTexts();
  assert.equal(
    cells.reduce((sum, text) => sum + numberIn(text), 0),
    await counted(page),
  );
  await page.goBack();
  await page.waitForURL((url) => url.search === '');
  await page.closeChecked();
});

test('the arrow keys go from bar to bar', async () => {
  const page = await open('/requests?last=15m');
  await page.locator('.uplot').waitFor();
  await page.locator('.histogram .frame').focus();
  const at = async () => {
    await page.keyboard.press('ArrowLeft');
    const [, h, m, s] = /(\d+):(\d+):(\d+)/.exec(await page.locator('.tip p').first().innerText());
    return Number(h) * 3600 + Number(m) * 60 + Number(s);
  };
  await at();
  const times = [await at(), await at(), await at()];
  const steps = times.slice(1).map((time, i) => (times[i] - time + 86_400) % 86_400);
  assert.deepEqual(steps, [10, 10]);
  await page.closeChecked();
});

test('of 100,000 requests few are in the document, and scrolling gets further pages', async () => {
  const page = await open('/requests', { sizes: { requestsPerSecond: 28 } });
  await hasRows(page);
  assert.ok((await counted(page)) > 100_000);
  const height = () => page.evaluate(() => document.body.scrollHeight);
  const before = await height();
  for (let i = 0; i < 8; ++i) {
    await page.mouse.move(700, 600);
    await page.mouse.wheel(0, 4000);
    await page.waitForTimeout(250);
  }
  await until('more pages', async () => (await height()) > before + 5000);
  assert.ok((await rows(page).count()) < 80);
  const ids = await rows(page).evaluateAll((all) => all.map((row) => row.dataset.id));
  assert.equal(new Set(ids).size, ids.length);
  await page.closeChecked();
});

test('what ends comes in on top, but not under the pointer', async () => {
  const page = await open('/requests');
  await isLive(page);
  await hasRows(page);
  const first = await firstId(page);
  await until('a newer one', async () => (await firstId(page)) !== first);
  const third = rows(page).nth(2);
  await third.hover();
  const [id, place] = [await third.getAttribute('data-id'), await third.boundingBox()];
  await page.getByRole('button', { name: /\d+ new/ }).waitFor();
  await page.waitForTimeout(800);
  const same = page.locator(`tr[data-id="${id}"]`);
  assert.deepEqual(await same.boundingBox(), place);
  await page.getByRole('button', { name: /\d+ new/ }).click();
  assert.notEqual(await firstId(page), first);
  await until('the focus on the first row', async () => (await focused(page)) !== null);
  await page.closeChecked();
});

test('only requests that the filters let through come in', async () => {
  const page = await open('/requests?f=status:eq:failed', { sizes: { requestsPerSecond: 60 } });
  await isLive(page);
  await hasRows(page);
  const first = await firstId(page);
  await until('a newer one', async () => (await firstId(page)) !== first, 15_000);
  const results = await page.locator('td.col-result').allInnerTexts();
  assert.ok(
    results.every((text) => text.includes('502')),
    results.join(),
  );
  await page.closeChecked();
});

test('requests of other nodes, which the stream does not tell, come step by step', async () => {
  const page = await open('/requests?last=15m', {
    prepare: (one) => (one.live.ownOnly = true),
  });
  await hasRows(page);
  const has = async (isOwn) => {
    const ids = await rows(page).evaluateAll((all) => all.map((row) => row.dataset.id));
    const fresh = ids.map((id) => stage.fake.log.find(id)).filter(({ t }) => t > began);
    return fresh.some(({ node }) => (node === stage.fake.world.nodes[0]) === isOwn);
  };
  const began = Date.now();
  await until('one of its own', () => has(true), 10_000);
  await until('one of another', () => has(false), 15_000);
  await until('rows without a gap', () => isWhole(page, 12_000), 15_000);
  await page.closeChecked();
});

test('rows that came too fast are told of, and are there with a press', async () => {
  const page = await open('/requests');
  await isLive(page);
  await hasRows(page);
  await page.waitForTimeout(500);
  stage.fake.live.hold();
  for (const reader of stage.fake.live.readers) stage.fake.live.tellRequests(reader, [], 1200);
  await page.getByText('1,200 came too fast').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByText('1,200 came too fast').waitFor({ state: 'detached' });
  await page.closeChecked();
});

test('a request opens beside the list, and J and K go on within the filter', async () => {
  const page = await open('/requests?f=status:eq:failover');
  await hasRows(page);
  await rows(page).nth(1).click();
  const second = await rows(page).nth(1).getAttribute('data-id');
  await page.waitForURL(`**&open=${second}`);
  const sheet = page.getByRole('complementary', { name: 'Request' });
  await sheet.getByText('1 failover').waitFor();
  await sheet.getByText('the provider answered 429: slow down').first().waitFor();
  await rows(page).nth(1).focus();
  await page.keyboard.press('j');
  const third = await focused(page);
  assert.notEqual(third, second);
  assert.equal(stage.fake.log.find(third).outcome, 'failover');
  await page.waitForURL(`**&open=${third}`);
  await sheet.getByRole('heading', { name: third }).waitFor();
  await checkPage(page);
  await page.keyboard.press('k');
  await page.waitForURL(`**&open=${second}`);
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => url.search === '?f=status:eq:failover');
  await page.closeChecked();
});

test('where there is no room beside the list a row is a page of its own', async () => {
  const page = await open('/requests?f=status:eq:failover', { size: small });
  await hasRows(page);
  const id = await firstId(page);
  await rows(page).first().tap();
  await page.waitForURL(`**/requests/${id}?f=status:eq:failover`);
  await page.getByRole('heading', { name: /Why did this request go to/ }).waitFor();
  await page.closeChecked();
});

test('a head of a column sorts the whole log, not what is shown of it', async () => {
  const page = await open('/requests?last=15m');
  await hasRows(page);
  await page.getByRole('button', { name: 'Total', exact: true }).click();
  await page.waitForURL('**sort=-latency_ms');
  const all = stage.fake.log.rows(Date.now() - 900_000, Date.now(), new URLSearchParams());
  const longest = [...all].sort((a, b) => b.latency_ms - a.latency_ms)[0];
  await until('the longest first', async () => (await firstId(page)) === longest.id);
  await page.closeChecked();
});

test('columns come and go, and this browser keeps them', async () => {
  const page = await open('/requests');
  await hasRows(page);
  await page.locator('summary', { hasText: 'Columns' }).click();
  await page.getByLabel('Node', { exact: true }).check();
  await page.getByLabel('Cost').uncheck();
  await checkPage(page);
  await page.keyboard.press('Escape');
  await page.reload();
  await hasRows(page);
  assert.match(await page.locator('td.col-node').first().innerText(), /^gw-/);
  assert.equal(await page.locator('td.col-cost_n').count(), 0);
  await page.closeChecked();
});

test('the list can be had as a file', async () => {
  const page = await open('/requests?last=15m&f=status:eq:failover');
  await hasRows(page);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const lines = readFileSync(await (await saved).path(), 'utf8')
    .trim()
    .split('\r\n');
  const query = new URLSearchParams('f=status:eq:failover');
  const all = [...stage.fake.log.rows(Date.now() - 900_000, Date.now(), query)];
  assert.ok(Math.abs(lines.length - 1 - all.length) <= 3, `${lines.length} of ${all.length}`);
  assert.ok(lines.slice(1).every((line) => line.includes(',failover,')));
  await page.closeChecked();
});

test('filters that let nothing through say which of them hides the most', async () => {
  const page = await open('/requests?f=provider:eq:nobody&f=status:eq:failed');
  await page.getByText(/2 filters are on. Without “provider nobody” there are \d+/).waitFor();
  await checkPage(page);
  await page.getByRole('button', { name: 'Remove that filter' }).click();
  await page.waitForURL((url) => url.search === '?f=status:eq:failed');
  await hasRows(page);
  await page.closeChecked();
});

test('a log that does not answer is said in its cards, which try again', async () => {
  const page = await open('/requests', { prepare: (one) => one.faults.set('/requests', 503) });
  const failed = page.locator('section.card', { hasText: 'All requests did not load' });
  await failed.getByText('503: storage busy.').waitFor();
  assert.ok((await counted(page)) > 0);
  await checkPage(page);
  stage.fake.faults.clear();
  await page.locator('tr[data-id]').first().waitFor({ timeout: 10_000 });
  page.allow(/503/);
  await page.closeChecked();
});

test('a total says which nodes it is without', async () => {
  const prepare = ({ world }) => world.gone.set('gw-hel-2', 0);
  const page = await open('/requests', { prepare });
  await page.getByText('5 of 6 nodes: gw-hel-2 is not reached').waitFor();
  await page.closeChecked();
});

test('a stream that is cut off leaves the rows, and what was missed comes afterwards', async () => {
  const page = await open('/requests');
  await isLive(page);
  await hasRows(page);
  await page.mouse.move(700, 100);
  stage.fake.cut();
  await page.locator('.strip-note', { hasText: 'Lost' }).waitFor({ timeout: 15_000 });
  assert.ok((await rows(page).count()) > 20);
  stage.fake.mend();
  await isLive(page);
  await until('rows without a gap', () => isWhole(page, 5000));
  page.allow(/ERR_|Failed to load/);
  await page.closeChecked();
});
