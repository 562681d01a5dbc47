// The page of one provider, on the fake gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../../tests/e2e/support.mjs';
import { checkPage, checkWidth, large, small, widths } from './browser.mjs';
import { cardOf, fakeStage, isLive } from './fake-stage.mjs';

const stage = fakeStage();
const health = (page, word) => page.locator('[data-health]', { hasText: word }).waitFor();

// Of each bar: the window's name, its limit as the card says it, and the sum of its parts.
const barsOf = (page) =>
  page.locator('section.window').evaluateAll((cards) =>
    cards.map((card) => ({
      name: card.querySelector('.strong').textContent,
      limit: Number(card.querySelector('.figures .soft').title.replaceAll(',', '')),
      kinds: [...card.querySelectorAll('rect[data-kind]')].map((part) => part.dataset.kind),
      sum: [...card.querySelectorAll('rect[data-amount]')].reduce(
        (sum, part) => sum + Number(part.dataset.amount),
        0,
      ),
    })),
  );

for (const size of [large, small])
  for (const theme of ['dark', 'light'])
    test(`the page of a provider is whole, ${theme}, ${size.width} px wide`, async () => {
      const page = await stage.open('/providers/groq', { size, theme });
      await isLive(page);
      await page.waitForTimeout(700);
      await checkPage(page);
      await page.closeChecked();
    });

test('no width makes the page scroll sideways', async () => {
  // With a choice of quotas, and all that can be done.
  const prepare = ({ live }) => live.turn('cerebras', 'cooldown', 60_000);
  const page = await stage.open('/providers/cerebras', { prepare });
  await isLive(page);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(60);
    await checkWidth(page);
  }
  await page.closeChecked();
});

test('nothing of a limit is missing in its bar, whoever holds it, while it moves', async () => {
  const prepare = ({ world }) => {
    world.providers[0].external = { rpm: 40 };
    world.gone.set('gw-hel-1', Date.now());
  };
  const page = await stage.open('/providers/groq', { prepare });
  await isLive(page);
  const seen = new Set();
  for (let i = 0; i < 12; ++i) {
    await page.waitForTimeout(150);
    const bars = await barsOf(page);
    assert.deepEqual(
      bars.map(({ name }) => name),
      ['rpm', 'tpm', 'rpd', 'tpd'],
    );
    for (const { name, limit, sum } of bars) assert.equal(sum, limit, name);
    const [{ kinds }] = bars;
    for (const kind of ['used', 'idle', 'pool', 'external', 'unreachable', 'in_transit'])
      assert.ok(kinds.includes(kind), kind);
    seen.add(await page.locator('section.window .number').nth(1).getAttribute('title'));
  }
  assert.ok(seen.size >= 2, 'shares are told as they move');
  await page.closeChecked();
});

test('what a silent node holds is out of reach, and its own again when it is back', async () => {
  const page = await stage.open('/providers/groq');
  await isLive(page);
  const row = page.locator('tr[data-id=gw-hel-2]');
  await row.waitFor();
  assert.ok(!(await row.innerText()).includes('out of reach'));
  stage.fake.live.turnNode('gw-hel-2', true);
  await row.filter({ hasText: 'out of reach' }).waitFor({ timeout: 5000 });
  const isOut = async (is) => (await barsOf(page))[0].kinds.includes('unreachable') === is;
  await until('its part is out of reach', () => isOut(true), 5000);
  stage.fake.live.turnNode('gw-hel-2', false);
  await row.filter({ hasNotText: 'out of reach' }).waitFor({ timeout: 5000 });
  await until('its part is its own', () => isOut(false), 5000);
  await page.closeChecked();
});

test('a cooldown counts down and ends with no reload', async () => {
  const page = await stage.open('/providers/groq');
  await isLive(page);
  await health(page, 'Healthy');
  stage.fake.live.turn('groq', 'cooldown', 3000);
  await health(page, 'Cooling down');
  const line = page.locator('.health');
  await line.filter({ hasText: '0:02 left' }).waitFor({ timeout: 3000 });
  await line.filter({ hasText: /0:0[01] left/ }).waitFor({ timeout: 5000 });
  stage.fake.live.turn('groq', 'ok');
  await health(page, 'Healthy');
  await page.closeChecked();
});

test('an operator drains and undrains after being asked, and lands at the outcome', async () => {
  const page = await stage.open('/providers/groq', { prepare: (fake) => (fake.role = 'operator') });
  await isLive(page);
  await page.getByRole('button', { name: 'Drain' }).click();
  const dialog = page.getByRole('dialog', { name: 'Drain groq?' });
  await dialog.waitFor();
  await checkPage(page);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.deepEqual(stage.fake.acts, []);
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Drain');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Drain' }).click();
  await health(page, 'Drained');
  assert.ok(await page.evaluate(() => document.activeElement.matches('.health')));
  const [act] = stage.fake.acts;
  assert.deepEqual([act.kind, act.id, act.act], ['providers', 'groq', 'drain']);
  assert.ok(act.csrf);
  await page.getByRole('button', { name: 'Undrain' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undrain' }).click();
  await health(page, 'Healthy');
  await page.closeChecked();
});

test('one that cools down can be probed, or its cooldown cleared', async () => {
  const page = await stage.open('/providers/mistral');
  await isLive(page);
  await page.getByRole('button', { name: 'Probe now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Probe now' }).click();
  await health(page, 'Being tried');
  await page.getByRole('button', { name: 'Clear cooldown' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Clear cooldown' }).click();
  await health(page, 'Healthy');
  assert.equal(await page.getByRole('button', { name: 'Probe now' }).count(), 0);
  await page.closeChecked();
});

test('what was refused is said where it was asked', async () => {
  const page = await stage.open('/providers/groq', {
    prepare: ({ faults }) => faults.set('/providers/groq/drain', 503),
  });
  await isLive(page);
  await page.getByRole('button', { name: 'Drain' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click();
  await page.getByRole('alert').filter({ hasText: 'storage busy' }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await health(page, 'Healthy');
  page.allow(/503/);
  await page.closeChecked();
});

test('a viewer sees why nothing can be pressed', async () => {
  const page = await stage.open('/providers/mistral', {
    prepare: (fake) => (fake.role = 'viewer'),
  });
  await isLive(page);
  await page.getByText('your role is viewer').waitFor();
  const buttons = page.locator('.acts button');
  assert.equal(await buttons.count(), 3);
  for (const button of await buttons.all()) {
    assert.ok(await button.isDisabled());
    assert.match(await button.getAttribute('title'), /Needs role operator/);
  }
  await page.closeChecked();
});

test('models with limits of their own are chosen, in the address', async () => {
  const page = await stage.open('/providers/cerebras');
  await isLive(page);
  await page.getByLabel('Quotas of').selectOption('gpt-oss-120b');
  await page.waitForURL('**/providers/cerebras?of=gpt-oss-120b');
  assert.equal((await barsOf(page)).length, 4);
  await page.reload();
  await isLive(page);
  assert.equal(await page.getByLabel('Quotas of').inputValue(), 'gpt-oss-120b');
  await page.closeChecked();
});

test('a call that fails is told in its cards, and the rest goes on', async () => {
  const page = await stage.open('/providers/groq', {
    prepare: ({ faults }) => faults.set('/providers/groq', 503),
  });
  await cardOf(page, 'Models did not load').waitFor();
  await health(page, 'Healthy');
  assert.equal((await barsOf(page)).length, 4);
  await checkPage(page);
  stage.fake.faults.clear();
  await cardOf(page, 'gemini-2.5-flash').waitFor({ timeout: 8000 });
  page.allow(/503/);
  await page.closeChecked();
});

test('while nothing has come the page has its shape', async () => {
  const page = await stage.open('/providers/groq', { prepare: (fake) => (fake.isSlow = true) });
  await page.locator('.bone').first().waitFor();
  assert.ok((await page.locator('section.card[aria-busy=true]').count()) >= 4);
  await page.closeChecked();
});

test('a name that nobody knows leads back to all', async () => {
  const page = await stage.open('/providers/nobody');
  await page.getByText('There is no provider “nobody”').waitFor();
  await page.getByRole('link', { name: 'All providers' }).click();
  await page.locator('tr[data-id=groq]').waitFor();
  page.allow(/404/);
  await page.closeChecked();
});

test('the keyboard comes from the list to a provider and to the next', async () => {
  const page = await stage.open('/providers?q=groq');
  await isLive(page);
  await page.locator('tr[data-id=groq]').waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/providers/groq');
  assert.equal(await page.title(), 'groq · Gateway');
  assert.equal(await page.locator('nav.rail a[aria-current]').getAttribute('title'), 'Providers');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('cerebras');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/providers/cerebras');
  await page.getByLabel('Quotas of').waitFor();
  await page.closeChecked();
});

test('on a node that is alone there is no table of nodes', async () => {
  const page = await stage.open('/providers/groq', { sizes: { nodeCount: 1 } });
  await isLive(page);
  await page.locator('section.window').first().waitFor();
  assert.equal(await page.getByText('Shares by node').count(), 0);
  for (const { limit, sum } of await barsOf(page)) assert.equal(sum, limit);
  await page.closeChecked();
});
