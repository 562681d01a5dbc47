// A real browser for the tests, Debian's chromium, and what every page must be whatever it shows.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { judgeAnswer } from '../../tests/e2e/openapi.mjs';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
// A run of the tests leaves the repository as it was; `npm run pictures` renews those in it.
const folder = process.env.PICTURES ?? '../../build/pictures/';
const pictures = fileURLToPath(new URL(folder, import.meta.url));

export const large = { width: 1440, height: 900 };
export const small = { width: 390, height: 844 };
/// At none of these a page may scroll sideways.
export const widths = [320, 390, 600, 720, 900, 1100, 1200, 1440, 1920, 3840];

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--js-flags=--expose-gc'],
    });
    return browser;
  }

  close() {
    return this.chromium.close();
  }

  /// A session as `storageState` of the pages that shall have it.
  async signIn(url, token) {
    const context = await this.chromium.newContext();
    const answer = await context.request.post(`${url}/admin/v1/session`, { data: { token } });
    assert.equal(answer.status(), 200, await answer.text());
    const state = await context.storageState();
    await context.close();
    return state;
  }

  /// A page of its own; `closeChecked` fails where it complained, asked another host, or was told
  /// what actors/api/openapi.yaml does not say.
  async page(url, { size = large, theme = 'dark', ...options } = {}) {
    const isTouch = size.width < 720;
    const context = await this.chromium.newContext({
      viewport: size,
      colorScheme: theme,
      isMobile: isTouch,
      hasTouch: isTouch,
      ...options,
    });
    const page = await context.newPage();
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(`${error}\n${error.stack}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    const { host } = new URL(url);
    page.on('request', (request) => {
      const asked = new URL(request.url());
      if (asked.protocol !== 'data:' && asked.host !== host) complaints.push(request.url());
    });
    const judged = [];
    page.on('response', (response) => {
      judged.push(judge(response).catch((error) => complaints.push(error.message)));
    });
    page.allow = (pattern) => {
      for (let i = complaints.length - 1; i >= 0; --i)
        if (pattern.test(complaints[i])) complaints.splice(i, 1);
    };
    page.closeChecked = async () => {
      await Promise.all(judged);
      await context.close();
      assert.deepEqual(complaints, []);
    };
    await page.goto(url);
    return page;
  }
}

/// Throws where an answer of the admin API is not as described. What a page took no interest in any
/// more has no body to look at, and a stream's never ends.
async function judge(response) {
  const { pathname } = new URL(response.url());
  if (!pathname.startsWith('/admin/v1/')) return;
  const type = response.headers()['content-type'];
  const isStream = type?.startsWith('text/event-stream');
  const isEmpty = isStream || [204, 304].includes(response.status());
  const body = isEmpty ? null : await response.body().catch(() => undefined);
  if (body === undefined) return;
  const answer = new Response(body, {
    status: response.status(),
    headers: type ? { 'content-type': type } : {},
  });
  await judgeAnswer(response.request().method(), pathname, answer);
}

/// Nothing that axe-core finds serious, and no sideways scroll.
export async function checkPage(page) {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const found = await window.axe.run(document, { resultTypes: ['violations'] });
    return found.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n')}`);
  });
  assert.deepEqual(violations, []);
  await checkWidth(page);
}

export async function checkWidth(page) {
  const [wanted, shown] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(wanted <= shown, `the page is ${wanted} px wide, its window ${shown}`);
}

/// Keeps what is seen, for the README and for who wants to see a change.
export async function keep(page, name) {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: `${pictures}${name}.png` });
}

/// The text of a key figure, its unit included: `35.8 /s`.
export async function figure(page, label) {
  const card = page.locator('dl > div', { has: page.locator(`dt:text-is("${label}")`) });
  return (await card.locator('dd').first().innerText()).replace(/\s+/g, ' ').trim();
}

/// The number at the beginning of a text: `2,147 in the last minute`.
export const numberIn = (text) => Number(/[\d,.]+/.exec(text)?.[0].replaceAll(',', '') ?? NaN);
