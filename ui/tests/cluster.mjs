// The page of the cluster, on the fake gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkPage, checkWidth, large, small, widths } from './browser.mjs';
import { cardOf, fakeStage, isLive } from './fake-stage.mjs';

const stage = fakeStage();
const rowOf = (page, node) => page.locator(`tr[data-id=${node}]`);
const isHeard = (page, node) => rowOf(page, node).filter({ hasNotText: 'silent' }).waitFor();
const goneSince =
  (ms, ...nodes) =>
  ({ world }) =>
    nodes.forEach((node) => world.gone.set(node, Date.now() - ms));

for (const size of [large, small])
  for (const theme of ['dark', 'light'])
    test(`the page of the cluster is whole, ${theme}, ${size.width} px wide`, async () => {
      const page = await stage.open('/cluster', {
        size,
        theme,
        prepare: goneSince(38_000, 'gw-hel-2'),
      });
      await isLive(page);
      await page.waitForTimeout(700);
      await checkPage(page);
      await page.closeChecked();
    });

test('no width makes the page scroll sideways', async () => {
  const page = await stage.open('/cluster', { prepare: goneSince(38_000, 'gw-hel-2') });
  await isLive(page);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(60);
    await checkWidth(page);
  }
  await page.closeChecked();
});

test('a node that falls silent is said at once, without numbers, until it is back', async () => {
  const page = await stage.open('/cluster');
  await isLive(page);
  await isHeard(page, 'gw-hel-2');
  await page.getByText('6 of 6 heard').waitFor();
  const number = () => rowOf(page, 'gw-hel-2').locator('.col-now').innerText();
  assert.match(await number(), /^[\d.]+$/);
  stage.fake.live.turnNode('gw-hel-2', true);
  const note = page.getByRole('group', { name: 'gw-hel-2 is out of reach' });
  await note.waitFor({ timeout: 5000 });
  await page.getByText('5 of 6 heard').waitFor();
  for (const column of ['now', 'inflight', 'p50', 'p95', 'cpu', 'memory', 'skew'])
    assert.equal(await rowOf(page, 'gw-hel-2').locator(`.col-${column}`).innerText(), '–', column);
  await rowOf(page, 'gw-hel-2').getByText('no data for').waitFor();
  // A number that goes on would be one of now.
  await page.waitForTimeout(1200);
  assert.equal(await number(), '–');
  await cardOf(page, 'Round trips').getByText('connection refused').waitFor();
  await page.getByText('v182 on 5 of 6').waitFor();
  stage.fake.live.turnNode('gw-hel-2', false);
  await note.waitFor({ state: 'detached' });
  await isHeard(page, 'gw-hel-2');
  assert.match(await number(), /^[\d.]+$/);
  await cardOf(page, 'Round trips').getByText('connection refused').waitFor({ state: 'detached' });
  await page.closeChecked();
});

test('the numbers of the nodes are those of the ticks', async () => {
  const page = await stage.open('/cluster');
  await isLive(page);
  await page.waitForTimeout(12_000);
  const shown = await page
    .locator('td.col-now')
    .evaluateAll((cells) => cells.map((cell) => Number(cell.textContent)));
  const sentBefore = stage.fake.live.sent;
  await page.waitForTimeout(3000);
  const rate = (stage.fake.live.sent - sentBefore) / 3;
  const sum = shown.reduce((all, one) => all + one, 0);
  assert.ok(Math.abs(sum - rate) < 0.25 * rate, `${sum} and ${rate}`);
  assert.ok(Math.max(...shown) > 1.5 * Math.min(...shown), 'each has its own');
  await page.closeChecked();
});

test('who leads, who votes and who gives permits stands above', async () => {
  const page = await stage.open('/cluster');
  await isLive(page);
  const line = page.getByRole('region', { name: 'Agreement' });
  await line.getByText('Agreed').waitFor();
  const text = (await line.innerText()).replace(/\s+/g, ' ');
  assert.match(text, /Leader gw-fra-1 Term 12 Voters 5 Broker gw-fra-1 Document v182 on 6 of 6/);
  const pills = await rowOf(page, 'gw-fra-1').locator('.pill').allInnerTexts();
  assert.deepEqual(pills, ['broker', 'leader']);
  await page.closeChecked();
});

test('writing a node off asks for its name, and says how far it is', async () => {
  const page = await stage.open('/cluster', { prepare: goneSince(38_000, 'gw-hel-2') });
  await isLive(page);
  const note = page.getByRole('group', { name: 'gw-hel-2 is out of reach' });
  await note.getByRole('button', { name: 'Write it off' }).click();
  const dialog = page.getByRole('dialog', { name: 'Is gw-hel-2 really off?' });
  const confirm = dialog.getByRole('button', { name: 'Write it off, it is really off' });
  assert.ok(await confirm.isDisabled());
  await dialog.getByLabel('Type gw-hel-2').fill('gw-hel-1');
  assert.ok(await confirm.isDisabled());
  await checkPage(page);
  await dialog.getByLabel('Type gw-hel-2').fill('gw-hel-2');
  await page.keyboard.press('Enter');
  await note.getByText('waits for gw-fra-2 to close it').waitFor();
  await note.getByRole('button', { name: 'How far is it?' }).click();
  await page.waitForTimeout(300);
  const { acts } = stage.fake;
  assert.equal(acts.length, 2);
  assert.deepEqual([acts[0].id, acts[0].act], ['gw-hel-2', 'write-off']);
  assert.ok(acts[0].csrf && acts[0].key);
  assert.equal(acts[1].key, acts[0].key);
  await page.closeChecked();
});

test('a node that answers after all is not written off, and the page says so', async () => {
  const page = await stage.open('/cluster', { prepare: goneSince(38_000, 'gw-hel-2') });
  await isLive(page);
  await page.getByRole('button', { name: 'Write it off' }).click();
  await page.getByLabel('Type gw-hel-2').fill('gw-hel-2');
  stage.fake.world.gone.clear();
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'gw-hel-2 answers' }).waitFor();
  page.allow(/409/);
  await page.closeChecked();
});

test('a viewer sees why nothing can be pressed', async () => {
  const prepare = (fake) => {
    fake.role = 'viewer';
    fake.world.gone.set('gw-hel-2', Date.now() - 38_000);
  };
  const page = await stage.open('/cluster', { prepare });
  await isLive(page);
  await page.getByText('your role is viewer').waitFor();
  const button = page.getByRole('button', { name: 'Write it off' });
  assert.ok(await button.isDisabled());
  assert.match(await button.getAttribute('title'), /Needs role operator/);
  await page.closeChecked();
});

test('without a leader the page says what that means', async () => {
  const page = await stage.open('/cluster', { prepare: ({ world }) => (world.leader = null) });
  await isLive(page);
  await page.getByText('No leader').waitFor();
  await page.getByText('the document cannot be edited').waitFor();
  await page.closeChecked();
});

test('each bar of shares holds all of its quota', async () => {
  const page = await stage.open('/cluster');
  await isLive(page);
  await cardOf(page, 'who holds the fullest').locator('rect').first().waitFor();
  const sums = await page
    .locator('svg.shares')
    .evaluateAll((bars) =>
      bars.map((bar) =>
        [...bar.querySelectorAll('rect[data-amount]')].reduce(
          (sum, part) => sum + Number(part.dataset.amount),
          0,
        ),
      ),
    );
  assert.equal(sums.length, 6);
  for (const sum of sums) assert.ok([600, 14_400].includes(sum), String(sum));
  await page.closeChecked();
});

test('a call that fails is told in its card, and the nodes are there', async () => {
  const page = await stage.open('/cluster', {
    prepare: ({ faults }) => faults.set('/cluster', 503).set('/events', 503),
  });
  await cardOf(page, 'Round trips did not load').waitFor();
  await cardOf(page, 'Cluster events did not load').waitFor();
  await isHeard(page, 'gw-fra-1');
  await checkPage(page);
  stage.fake.faults.clear();
  await cardOf(page, 'linked for').waitFor({ timeout: 8000 });
  page.allow(/503/);
  await page.closeChecked();
});

test('while nothing has come the page has its shape', async () => {
  const page = await stage.open('/cluster', { prepare: (fake) => (fake.isSlow = true) });
  await page.locator('.bone').first().waitFor();
  assert.ok((await page.locator('section.card[aria-busy=true]').count()) >= 4);
  await page.closeChecked();
});

test('fifty nodes fit, and many that are gone do not cover the rest', async () => {
  const gone = ['gw-6', 'gw-7', 'gw-8', 'gw-9', 'gw-10'];
  const page = await stage.open('/cluster', {
    sizes: { nodeCount: 50 },
    prepare: goneSince(60_000, ...gone),
  });
  await isLive(page);
  await isHeard(page, 'gw-fra-1');
  await page.getByText('and 2 more nodes are out of reach').waitFor();
  await page.getByText('45 of 50 heard').waitFor();
  await checkPage(page);
  await page.closeChecked();
});
