import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { contrast, difference, seenBy, type Vision } from './colour';

const text = readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8');

/// The tokens of one theme that are colours.
function tokensOf(theme: 'dark' | 'light'): Map<string, string> {
  const block = new RegExp(`:root\\[data-theme=${theme}\\]\\{([^}]*)\\}`).exec(text)?.[1] ?? '';
  return new Map([...block.matchAll(/(--[\w-]+):(#[0-9a-f]{6})/g)].map((m) => [m[1]!, m[2]!]));
}

const series = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6', '--s7', '--s8'];
const words = ['--text', '--text-2', '--text-3', '--accent', '--ok', '--warn', '--err', '--info'];
const grounds = ['--bg', '--surface', '--hover', '--accent-soft'];
const visions: Vision[] = ['normal', 'protan', 'deutan', 'tritan'];

describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
  const tokens = tokensOf(theme);
  const of = (token: string) => tokens.get(token)!;

  test('all colours are there', () => {
    for (const token of [...series, '--s9', ...words, ...grounds]) expect(of(token)).toBeDefined();
  });

  test.each(words)('%s can be read on every ground', (word) => {
    for (const ground of grounds) {
      expect(contrast(of(word), of(ground)), ground).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('a button’s word can be read', () => {
    expect(contrast(of('--accent-on'), of('--accent-fill'))).toBeGreaterThanOrEqual(4.5);
  });

  test('what must be seen without being read stands out', () => {
    for (const token of [...series, '--s9', '--line-strong', '--focus']) {
      expect(contrast(of(token), of('--surface')), token).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(visions)('series are told apart with %s vision', (vision) => {
    const seen = (token: string) => seenBy(vision, of(token));
    for (const [i, one] of series.entries()) {
      for (const other of series.slice(i + 1)) {
        expect(difference(seen(one), seen(other)), `${one} ${other}`).toBeGreaterThanOrEqual(10);
      }
      expect(difference(seen(one), seen('--s9')), `${one} others`).toBeGreaterThanOrEqual(7);
    }
  });
});

test('the measures are the published ones', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  // Sharma, Wu, Dalal 2005, pairs 1, 7 and 25 of the test data, given there in L*a*b*.
  const lab = (l: number, a: number, b: number) => ({ l, a, b });
  expect(difference(lab(50, 2.6772, -79.7751), lab(50, 0, -82.7485))).toBeCloseTo(2.0425, 4);
  expect(difference(lab(50, 0, 0), lab(50, -1, 2))).toBeCloseTo(2.3669, 4);
  expect(difference(lab(60.2574, -34.0099, 36.2677), lab(60.4626, -34.1751, 39.4387))).toBeCloseTo(
    1.2644,
    4,
  );
});
