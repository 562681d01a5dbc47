// States that a real node can't be put into at will, on the fake gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../../tests/e2e/support.mjs';
import { checkPage, checkWidth, figure, large, numberIn, small, widths } from './browser.mjs';
import { adminKey } from './fake-gateway.mjs';
import { cardOf, fakeStage, isLive } from './fake-stage.mjs';

const stage = fakeStage();
const { open } = stage;

for (const path of ['/', '/providers'])
  for (const size of [large, small])
    for (const theme of ['dark', 'light'])
      test(`${path} is whole, ${theme}, ${size.width} px wide`, async () => {
        const page = await open(path, { size, theme });
        await isLive(page);
        await page.waitForTimeout(700);
        await checkPage(page);
        await page.closeChecked();
      });

test('no width makes the page scroll sideways', async () => {
  const page = await open('/');
  await isLive(page);
  for (const path of ['/', '/providers']) {
    if (path !== '/') await page.keyboard.type('gp');
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(60);
      await checkWidth(page).catch((error) => assert.fail(`${path}: ${error.message}`));
    }
  }
  await page.closeChecked();
});

test('the legend adds up to the figure, and both to the ticks that were sent', async () => {
  const page = await open('/');
  await isLive(page);
  await page.waitForTimeout(12_000);
  const { legend, total } = await page.evaluate(() => ({
    legend: [...document.querySelectorAll('[data-value]')].map((one) => Number(one.textContent)),
    total: Number(document.querySelector('dl dd').firstChild.textContent),
  }));
  const sum = legend.reduce((all, one) => all + one, 0);
  assert.ok(Math.abs(sum - total) < 0.05 * legend.length + 0.05, `${sum} and ${total}`);
  const said = () => page.locator('dl dd.detail').first().innerText();
  const sentBefore = stage.fake.live.sent;
  const shown = numberIn(await said());
  // Of the last minute some was told by the snapshot: only what came since is compared.
  await page.waitForTimeout(3000);
  const rate = (stage.fake.live.sent - sentBefore) / 3;
  assert.ok(Math.abs(shown / 60 - rate) < 0.25 * rate, `${shown / 60} and ${rate}`);
  await page.closeChecked();
});

test('figures follow each tick', async () => {
  const page = await open('/');
  await isLive(page);
  stage.fake.live.hold();
  let changes = 0;
  for (let i = 0; i < 12; ++i) {
    await page.waitForTimeout(100);
    const before = await figure(page, 'Requests');
    stage.fake.live.tick();
    const isOther = async () => (await figure(page, 'Requests')) !== before;
    const changed = until('another figure', isOther, 2000);
    // Two ticks may well tell the same: then nothing is to be seen.
    await changed.then(() => ++changes).catch(() => undefined);
  }
  assert.ok(changes >= 8, `${changes} changes in 12 ticks`);
  await page.closeChecked();
});

test('what needs attention is there by itself, and leads to its page', async () => {
  const page = await open('/');
  await isLive(page);
  stage.fake.live.turn('cerebras', 'cooldown', 60_000);
  const link = page.locator('.attention a', { hasText: 'cerebras is cooling down' });
  await link.waitFor({ timeout: 3000 });
  await link.click();
  await page.waitForURL('**/providers/cerebras');
  await page.locator('[data-health]', { hasText: 'Cooling down' }).waitFor();
  await page.keyboard.type('gp');
  await page.waitForURL('**/providers');
  const row = page.locator('tr[data-id=cerebras]');
  assert.match(await row.innerText(), /Cooldown\s(1:0[01]|0:5\d)/);
  assert.equal(await page.locator('tbody tr').first().getAttribute('data-id'), 'mistral');
  await page.closeChecked();
});

test('one crosshair goes through both charts, its words stand on one', async () => {
  const page = await open('/');
  await isLive(page);
  await page.locator('.uplot').nth(1).waitFor();
  const [first, second] = await page.locator('.u-over').all();
  await first.hover({ position: { x: 200, y: 80 } });
  assert.equal(await page.locator('.tip').count(), 1);
  const at = (over) => over.locator('.u-cursor-x').evaluate((line) => line.style.transform);
  assert.match(await at(second), /translate\([1-9]/);
  await second.hover({ position: { x: 100, y: 80 } });
  await page.waitForTimeout(100);
  assert.equal(await page.locator('.tip').count(), 1);
  assert.match(await page.locator('.tip').innerText(), /p95/);
  await page.closeChecked();
});

test('arrow keys move the crosshair, and a chart can be read as a table', async () => {
  const page = await open('/');
  await isLive(page);
  await page.locator('.uplot').first().waitFor();
  await page.locator('.frame').first().focus();
  await page.keyboard.press('ArrowLeft');
  const time = () => page.locator('.tip p').first().innerText();
  const before = await time();
  await page.keyboard.press('ArrowLeft');
  assert.notEqual(await time(), before);
  await cardOf(page, 'Requests by provider').getByRole('button', { name: 'Show as table' }).click();
  assert.ok((await page.locator('.scroll tbody tr').count()) > 100);
  await page.closeChecked();
});

test('dragging over a chart zooms all of them, and Back undoes it', async () => {
  const page = await open('/');
  await isLive(page);
  const over = page.locator('.u-over').first();
  const { x, y } = await over.boundingBox();
  await page.mouse.move(x + 100, y + 60);
  await page.mouse.down();
  await page.mouse.move(x + 300, y + 60, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=\d+&to=\d+/);
  await page.goBack();
  await page.waitForURL((url) => url.search === '');
  await page.closeChecked();
});

test('a stream that is cut off is said, and goes on without counting twice', async () => {
  const page = await open('/');
  await isLive(page);
  await page.waitForTimeout(1500);
  const before = stage.fake.live.ring.at(-1).sequence;
  stage.fake.cut();
  // Six seconds, says the stream's own test; this page may have to wait for its turn.
  await page.locator('.strip-note', { hasText: 'Lost' }).waitFor({ timeout: 15_000 });
  assert.equal(await page.locator('.app.frozen').count(), 1);
  stage.fake.mend();
  await page
    .locator('.strip-note', { hasText: 'Lost' })
    .waitFor({ state: 'detached', timeout: 12_000 });
  await isLive(page);
  assert.ok(stage.fake.live.ring.at(-1).sequence > before);
  const said = async () => numberIn(await page.locator('dl dd.detail').first().innerText());
  const expected = stage.fake.world.total(Date.now()) * 60;
  const isRight = async () => Math.abs((await said()) - expected) < 0.15 * expected;
  // What was told twice would count for a minute.
  await until(`about ${expected} in the last minute`, isRight, 10_000);
  page.allow(/ERR_|Failed to load/);
  await page.closeChecked();
});

test('a failed call is told in its own card and tried again', async () => {
  const page = await open('/', { prepare: (one) => one.faults.set('/breakdown', 503) });
  const failed = cardOf(page, 'Spend by model did not load');
  await failed.waitFor();
  assert.match(await failed.innerText(), /503: storage busy\..*req_01k9w7h9d2/s);
  await isLive(page);
  assert.match(await figure(page, 'Requests'), /^[\d.]+ ?\/s$/);
  await checkPage(page);
  stage.fake.faults.clear();
  await cardOf(page, 'gemini-2.5-flash').waitFor({ timeout: 8000 });
  page.allow(/503/);
  await page.closeChecked();
});

test('while nothing has come the page has its shape, and says when that takes long', async () => {
  const page = await open('/', { prepare: (one) => (one.isSlow = true) });
  await page.locator('.bone').first().waitFor();
  assert.ok((await page.locator('section.card[aria-busy=true]').count()) >= 3);
  await page.getByText('Still loading').first().waitFor({ timeout: 10_000 });
  await page.closeChecked();
});

test('without a provider the page says so', async () => {
  const page = await open('/providers', { sizes: { providers: 0 } });
  await page.getByText('No provider yet').waitFor();
  await page.keyboard.type('go');
  await page.getByText('No provider yet').waitFor();
  await page.closeChecked();
});

test('a filter that hides all says its name and goes with a press', async () => {
  const page = await open('/providers?q=nobody');
  await page.getByText('Nothing is called “nobody”. Without that filter there are 14.').waitFor();
  await page.getByRole('button', { name: 'Remove that filter' }).click();
  await page.locator('tr[data-id=groq]').waitFor();
  assert.equal(new URL(page.url()).search, '');
  await page.closeChecked();
});

test('a session that is over asks for the key again and leaves the page as it was', async () => {
  const page = await open('/providers?state=healthy');
  await isLive(page);
  stage.fake.isSignedIn = false;
  stage.fake.server.closeAllConnections();
  await page.getByText('Your session is over').waitFor();
  await checkPage(page);
  await page.getByLabel('Admin key').fill(adminKey);
  await page.keyboard.press('Enter');
  await isLive(page);
  assert.equal(new URL(page.url()).search, '?state=healthy');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  page.allow(/ERR_|401|Failed to load/);
  await page.closeChecked();
});

test('newer pages are offered, not taken', async () => {
  const page = await open('/', { prepare: (one) => (one.live.uiBuild = 'another') });
  await page.getByText('New version').waitFor();
  await page.getByRole('button', { name: 'Reload' }).waitFor();
  await page.closeChecked();
});

test('of 200 providers few are in the document, and the keyboard reaches all', async () => {
  const page = await open('/providers', { sizes: { providers: 200, nodeCount: 50 } });
  await isLive(page);
  await page.locator('tr[data-id=groq]').waitFor();
  assert.ok((await page.locator('tbody tr').count()) < 80);
  assert.equal(await page.locator('table').getAttribute('aria-rowcount'), '201');
  // What comes meanwhile may give the row another place among the others.
  const index = () =>
    page.evaluate(() => Number(document.activeElement.getAttribute('aria-rowindex')));
  for (let i = 0; i < 120 && (await index()) < 62; ++i) await page.keyboard.press('j');
  assert.ok((await index()) >= 62);
  assert.ok((await page.locator('tbody tr').count()) < 80);
  await page.closeChecked();
});

test('memory stays where it is while ten times as many ticks come', async () => {
  const page = await open('/', { sizes: { providers: 60 } });
  await isLive(page);
  stage.fake.live.setSpeed(10);
  const used = async () => {
    await page.evaluate(() => window.gc());
    return page.evaluate(() => performance.memory.usedJSHeapSize);
  };
  await page.waitForTimeout(4000);
  const before = await used();
  await page.waitForTimeout(8000);
  const grown = (await used()) - before;
  assert.ok(grown < 5e6, `${grown} bytes more after 8 s`);
  await page.closeChecked();
});

test('with reduced motion nothing moves by itself', async () => {
  const page = await open('/', { reducedMotion: 'reduce' });
  await isLive(page);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  await page.closeChecked();
});
