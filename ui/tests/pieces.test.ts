import { describe, expect, test, vi } from 'vitest';

import { failureWords } from '../src/lib/failure';
import { Frames } from '../src/lib/frames';
import { matterStatus } from '../src/lib/matter';
import { roundTop } from '../src/lib/plot';
import { stripSpans, stripWords } from '../src/lib/strip';
import { fullestFill, worstFirst } from '../src/lib/worst';
import { jumpsFor } from '../src/shell/jumps';
import { existingPage } from '../src/shell/links';
import { takeCode } from '../src/shell/signInLink';
import { boundsOf, rangeOf } from '../src/store/range';
import { Slots } from '../src/store/slots';

describe('a sign-in link', () => {
  const take = (hash: string) => {
    const replaceState = vi.fn();
    const location = { hash, pathname: '/providers', search: '?q=a' };
    return { code: takeCode(location, { replaceState, state: null }), replaceState };
  };

  test('gives its code, which leaves the address at once', () => {
    const { code, replaceState } = take('#code=a%2Bb');
    expect(code).toBe('a+b');
    expect(replaceState).toHaveBeenCalledWith(null, '', '/providers?q=a');
  });

  test('without a code leaves the address as it is', () => {
    const { code, replaceState } = take('#main');
    expect(code).toBeNull();
    expect(replaceState).not.toHaveBeenCalled();
  });
});

test.each([
  [{}, { last: '1h' }],
  [{ last: '24h' }, { last: '24h' }],
  [{ last: '2y' }, { last: '1h' }],
  [
    { from: '1', to: '5' },
    { from: 1, to: 5 },
  ],
  [{ from: '5', to: '1' }, { last: '1h' }],
  [{ from: '5', to: 'x', last: '7d' }, { last: '7d' }],
])('the range of the address %j is %j', (query, range) => expect(rangeOf(query)).toEqual(range));

test('a range ends now, unless both its ends are fixed', () => {
  expect(boundsOf({ last: '15m' }, 1_000_000)).toEqual({ from: 100_000, to: 1_000_000 });
  expect(boundsOf({ from: 1, to: 2 }, 1_000_000)).toEqual({ from: 1, to: 2 });
});

test('a failure is said in words, one of a later version as well', () => {
  expect(failureWords('rate_limited')).toBe('answered 429');
  expect(failureWords('out_of_luck')).toBe('out of luck');
});

test.each([
  ['cooldown:groq', 'warn', 'cooldown'],
  ['degraded:groq', 'warn', 'degraded'],
  ['drained:groq', 'info', 'drained'],
  ['down', 'err', 'down'],
  ['storage:node-1', 'err', 'down'],
  ['budget:key/web', 'warn', 'degraded'],
  ['book:node-1', 'info', 'cooldown'],
] as const)('the matter %s, %s, has the shape of %s', (id, severity, status) => {
  const matter = { id, severity, text: '', href: '/', since: 0, until: null };
  expect(matterStatus(matter)).toBe(status);
});

test.each([
  ['/providers', '/providers'],
  ['/providers/groq?x=1', '/providers/groq'],
  ['/providers/groq/more', '/providers/groq'],
  ['/providers/', '/providers'],
  ['/', '/'],
  ['/cluster', null],
  ['/providersx', null],
])('the link %s leads to %s', (href, page) => {
  const component = {};
  const pages = [
    { path: '/', component },
    { path: '/providers', component },
    { path: '/providers/:name', component },
  ];
  expect(existingPage(href, pages)).toBe(page);
});

test('a jump is to what begins so, then to what has it anywhere', () => {
  const all = ['groq', 'local-groq', 'Grand', 'other'].map((name) => ({
    kind: '',
    name,
    to: name,
  }));
  const found = (text: string) => jumpsFor(text, all).map(({ name }) => name);
  expect(found(' GR ')).toEqual(['groq', 'Grand', 'local-groq']);
  expect(found('')).toHaveLength(4);
  expect(found('nothing')).toEqual([]);
});

describe('slots', () => {
  const ids = (count: number, name = 'p') => Array.from({ length: count }, (_, i) => `${name}${i}`);

  test('are given in order and stay', () => {
    const slots = new Slots();
    expect([...slots.of('provider', ['a', 'b', 'c'])]).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    expect(slots.of('provider', ['c', 'b']).get('c')).toBe(3);
    expect(slots.of('model', ['c']).get('c')).toBe(1);
  });

  test('are taken from what is not drawn only when none is free', () => {
    const slots = new Slots();
    slots.of('provider', ids(8));
    const now = slots.of('provider', [...ids(7), 'fresh']);
    expect(now.get('fresh')).toBe(8);
    expect(now.get('p0')).toBe(1);
    expect(new Set(now.values()).size).toBe(8);
  });
});

test('the worst stands first, and equals stay where the document has them', () => {
  const row = (order: number, state: string, more = {}) => ({
    order,
    health: { state, reason: null, until: null } as never,
    errorRatio: NaN,
    perMinute: 10,
    fill: [NaN, NaN, NaN, NaN],
    ...more,
  });
  const rows = [
    row(0, 'disabled'),
    row(1, 'ok', { perMinute: 900 }),
    row(2, 'ok', { fill: [0.95, NaN, 0.2, NaN] }),
    row(3, 'ok', { errorRatio: 0.2 }),
    row(4, 'cooldown'),
    row(5, 'down'),
    row(6, 'degraded'),
    row(7, 'ok'),
    row(8, 'ok'),
  ];
  expect(rows.sort(worstFirst).map(({ order }) => order)).toEqual([5, 4, 6, 3, 2, 1, 7, 8, 0]);
  expect(fullestFill(row(0, 'ok'))).toBeNaN();
});

test('an axis ends at a round number and does not jump while that fits', () => {
  expect(roundTop(38.9)).toBe(48);
  expect(roundTop(1980)).toBe(2400);
  expect(roundTop(0.007)).toBeCloseTo(0.008);
  expect(roundTop(0)).toBe(1);
  expect(roundTop(30, 48)).toBe(48);
  expect(roundTop(49, 48)).toBe(60);
  expect(roundTop(20, 48)).toBe(24);
});

test('a strip is said in words', () => {
  expect(stripWords('oooxwec')).toBe(
    'last 7 minutes: 3 fine, 1 with some errors, 1 mostly errors, 1 cooling down, ' +
      '1 without traffic',
  );
});

test('one drawing runs in each frame, each once, in turn', () => {
  const frames: (() => void)[] = [];
  const drawn: string[] = [];
  const queue = new Frames((run) => frames.push(run));
  const [a, b] = [() => drawn.push('a'), () => drawn.push('b')];
  for (const draw of [a, b, a]) queue.ask(draw);
  expect(frames).toHaveLength(1);
  frames.shift()!();
  expect(drawn).toEqual(['a']);
  queue.forget(b);
  queue.ask(a);
  frames.shift()!();
  expect(drawn).toEqual(['a', 'a']);
  expect(frames).toHaveLength(0);
});

test('a strip is stretches of time, with gaps where nothing happened', () => {
  expect(stripSpans('ooxwc', 300_000)).toEqual([
    { from: 0, to: 120_000, colour: '--ok' },
    { from: 180_000, to: 240_000, colour: '--warn' },
    { from: 240_000, to: 300_000, colour: '--info' },
  ]);
});
