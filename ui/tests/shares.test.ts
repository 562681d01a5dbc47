import { describe, expect, test } from 'vitest';

import {
  folded,
  ownerOf,
  partsOf,
  sharesOf,
  withShares,
  windowWords,
  type Window,
} from '../src/lib/shares';

const none = {
  w: 'rpm',
  model: null,
  pool_name: null,
  unit: 'requests',
  in_flight: 0,
  in_transit: 0,
  recovering: 0,
  unreachable: 0,
  external: 0,
  owed: 0,
  resets_at: null,
};

type State = Window['shares'][number]['state'];
const share = (node: string, hold: number, used: number, state: State = 'active') => ({
  node,
  hold,
  used,
  until: state === 'recovering' ? 99_000 : null,
  state,
});

// The broker b holds the pool of 20 and the 5 that somebody else has used; 2 are on their way.
const whole: Window = {
  ...none,
  limit: 100,
  used: 40,
  idle: 30,
  pool: 20,
  external: 5,
  in_transit: 2,
  unreachable: 3,
  shares: [share('b', 55, 20), share('a', 40, 20), share('c', 3, 3, 'unreachable')],
};
const sumOf = (window: Window, broker: string | null) =>
  partsOf(window, sharesOf(window, broker)).reduce((sum, { amount }) => sum + amount, 0);

describe('the parts of a window', () => {
  test('are its limit together, and in the order of its bar', () => {
    const parts = partsOf(whole, sharesOf(whole, 'b'));
    expect(parts).toEqual([
      { kind: 'used', node: 'a', amount: 20 },
      { kind: 'idle', node: 'a', amount: 20 },
      { kind: 'used', node: 'b', amount: 20 },
      { kind: 'idle', node: 'b', amount: 10 },
      { kind: 'unreachable', node: 'c', amount: 3 },
      { kind: 'external', node: null, amount: 5 },
      { kind: 'in_transit', node: null, amount: 2 },
      { kind: 'pool', node: null, amount: 20 },
    ]);
    expect(sumOf(whole, 'b')).toBe(100);
  });

  test('add up whoever the broker is, and where that is not known', () => {
    for (const broker of ['a', 'b', 'elsewhere', null]) expect(sumOf(whole, broker)).toBe(100);
  });

  test('take what is beyond the broker from the next', () => {
    const shares = sharesOf({ ...whole, idle: 10 }, 'b');
    expect(shares.map(({ node, idle }) => [node, idle])).toEqual([
      ['a', 10],
      ['b', 0],
      ['c', 0],
    ]);
  });

  test('count what a lost book may have used once: the server tells it twice', () => {
    const lost: Window = {
      ...none,
      limit: 100,
      used: 60,
      recovering: 40,
      idle: 40,
      pool: 0,
      shares: [share('a', 60, 20), share('b', 40, 40, 'recovering')],
    };
    const parts = partsOf(lost, sharesOf(lost, 'a'));
    expect(parts.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['used', 20],
      ['idle', 40],
      ['recovering', 40],
    ]);
  });

  test('of nodes too small to be seen are one, and none is lost', () => {
    const parts = Array.from({ length: 50 }, (_, i) => ({
      kind: i % 2 === 0 ? ('used' as const) : ('idle' as const),
      node: `n${i}`,
      amount: i === 0 ? 51 : 1,
    }));
    const pool = { kind: 'pool' as const, node: null, amount: 1 };
    expect(folded([...parts, pool], 101, 0.02)).toEqual([
      { kind: 'used', node: 'n0', amount: 51 },
      { kind: 'used', node: null, amount: 49 },
      pool,
    ]);
  });

  test('stay apart where little of much is used', () => {
    const parts = ['a', 'b', 'c'].flatMap((node) => [
      { kind: 'used' as const, node, amount: 1 },
      { kind: 'idle' as const, node, amount: 99 },
    ]);
    expect(folded(parts, 300, 0.02)).toEqual(parts);
  });
});

describe('an event about shares', () => {
  const event = {
    provider: 'groq',
    w: 'rpm',
    model: null,
    pool_name: null,
    pool: 10,
    shares: [
      ['b', 50, 30, null],
      ['a', 40, 25, null],
      ['c', 3, 3, null],
    ] as (string | number | null)[][],
  };

  test('leaves nothing out of the limit', () => {
    const after = withShares(whole, event);
    expect(after).toMatchObject({ used: 55, pool: 10, idle: 20, unreachable: 3, in_transit: 7 });
    expect(sumOf(after, 'b')).toBe(100);
  });

  test('says since when a lost book cools', () => {
    const shares = [...event.shares.slice(0, 2), ['c', 3, 3, 120_000]];
    const after = withShares(
      { ...whole, shares: [...whole.shares.slice(0, 2), share('c', 3, 0)] },
      { ...event, shares },
    );
    expect(after.shares[2]).toEqual({ ...share('c', 3, 3, 'recovering'), until: 120_000 });
    const back = withShares(after, event);
    expect(back.shares[2]!.state).toBe('active');
  });
});

test('a window is named by whose it is, and in words where its name is short', () => {
  expect(ownerOf({ model: null, pool_name: null })).toBe('');
  expect(ownerOf({ model: 'small', pool_name: null })).toBe('small');
  expect(ownerOf({ model: null, pool_name: 'free' })).toBe('pool free');
  expect(windowWords('tpd')).toBe('tokens per day');
  expect(windowWords('tokens/1h')).toBe('');
});
