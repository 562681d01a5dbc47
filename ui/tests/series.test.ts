import { describe, expect, test } from 'vitest';

import { extent, resample, Rings, stacked } from '../src/lib/series';

const values = (rings: Rings, column = 'a') => [...rings.last(column)];

describe('a ring', () => {
  test('sums what falls into one step and leaves gaps', () => {
    const rings = new Rings<string>(1000, 4, ['a']);
    rings.advance(10_000, 0);
    rings.add('a', 10_100, 2);
    rings.add('a', 10_900, 3);
    rings.advance(12_000);
    expect(values(rings)).toEqual([NaN, 5, NaN, NaN]);
    expect([...rings.times()]).toEqual([9000, 10_000, 11_000, 12_000]);
  });

  test('lets the oldest steps go', () => {
    const rings = new Rings<string>(1000, 3, ['a']);
    for (let t = 0; t < 10_000; t += 1000) {
      rings.advance(t, 0);
      rings.add('a', t, t);
    }
    expect(values(rings)).toEqual([7000, 8000, 9000]);
    expect(rings.at('a', 6000)).toBeNaN();
  });

  test('takes what is late, not what is too old or yet to come', () => {
    const rings = new Rings<string>(1000, 3, ['a']);
    rings.advance(5000, 0);
    rings.advance(7000, 0);
    rings.add('a', 6000, 1);
    rings.add('a', 4000, 1);
    rings.add('a', 8000, 1);
    expect(values(rings)).toEqual([0, 1, 0]);
  });

  test('jumps over a time longer than itself', () => {
    const rings = new Rings<string>(1000, 3, ['a']);
    rings.advance(1000, 7);
    rings.advance(1_000_000, 0);
    expect(values(rings)).toEqual([0, 0, 0]);
  });

  test('knows nothing of a column before it was opened', () => {
    const rings = new Rings<string>(1000, 3, ['a']);
    rings.advance(3000, 0);
    rings.open('b');
    rings.add('b', 3000, 4);
    expect(values(rings, 'b')).toEqual([NaN, NaN, 4]);
    expect(rings.recent('b', 3)).toBe(4);
    expect(rings.recent('nothing', 3)).toBeNaN();
  });

  test('has no sum and no time before its first step', () => {
    const rings = new Rings<string>(1000, 3, ['a']);
    expect(rings.newest).toBeNaN();
    expect(rings.recent('a', 3)).toBeNaN();
    expect(values(rings)).toEqual([NaN, NaN, NaN]);
  });

  test('says an amount per second over whole steps and the part that has passed', () => {
    const rings = new Rings(1000, 20, ['a']);
    for (let t = 0; t < 20_000; t += 250) {
      rings.advance(t, 0);
      rings.add('a', t, 1);
    }
    expect(rings.perSecond('a', 10, 20_000)).toBeCloseTo(4);
    expect(rings.perSecond('a', 10, 19_500)).toBeCloseTo(44 / 10.5);
  });

  test('finds the newest value that is known', () => {
    const rings = new Rings<string>(1000, 5, ['a']);
    rings.advance(4000);
    rings.set('a', 2000, 9);
    expect(rings.latest('a', 5)).toBe(9);
    expect(rings.latest('a', 2)).toBeNaN();
  });
});

test('fewer points are means of what is known', () => {
  expect([...resample([1, 3, NaN, 5, NaN, NaN], 3)]).toEqual([2, 5, NaN]);
  expect([...resample([1, 2], 5)]).toEqual([1, 2]);
  expect([...resample([], 5)]).toEqual([]);
});

test('stacked columns stand on each other, and a gap in all is a gap', () => {
  const columns = [
    [1, NaN, NaN],
    [2, 3, NaN],
  ].map((column) => Float64Array.from(column));
  expect(stacked(columns).map((column) => [...column])).toEqual([
    [1, 0, NaN],
    [3, 3, NaN],
  ]);
  expect(stacked([])).toEqual([]);
});

test('the extent leaves out what is not known', () => {
  expect(extent([NaN, 3, -1, NaN, 2])).toEqual({ min: -1, max: 3 });
  expect(extent([NaN])).toEqual({ min: NaN, max: NaN });
});
