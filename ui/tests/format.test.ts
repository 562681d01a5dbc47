import { describe, expect, test } from 'vitest';

import * as format from '../src/lib/format';

// Spaces between numbers and units don't break: a thin one is written `_`, a usual one `~`.
const shown = (text: string) => text.replaceAll('\u202f', '_').replaceAll('\u00a0', '~');

function table<Value>(write: (value: Value) => string, rows: [Value, string][]): void {
  test.each(rows)('%s is %s', (value, text) => expect(shown(write(value))).toBe(text));
}

describe('counts keep three or four digits', () =>
  table(format.count, [
    [0, '0'],
    [7, '7'],
    [2147, '2,147'],
    [9999, '9,999'],
    [9999.6, '10.0_k'],
    [61_200, '61.2_k'],
    [999_949, '999.9_k'],
    [999_950, '1.00_M'],
    [4_810_000, '4.81_M'],
    [597_360_000, '597.4_M'],
    [999_950_000, '1.00_G'],
    [12_345_000_000, '12.35_G'],
    [null, '–'],
    [undefined, '–'],
    [NaN, '–'],
  ]));

describe('memory is in thousands', () =>
  table(format.bytes, [
    [0, '0~kB'],
    [640_400, '640~kB'],
    [999_500, '1~MB'],
    [56_774_656, '57~MB'],
    [2_254_857_830, '2.3~GB'],
    [null, '–'],
  ]));

describe('rates keep two digits', () =>
  table(format.rate, [
    [0, '0'],
    [0.25, '0.25'],
    [0.996, '1.0'],
    [35.84, '35.8'],
    [99.96, '100'],
    [412.4, '412'],
    [NaN, '–'],
  ]));

describe('shares are percents', () =>
  table(format.percent, [
    [0, '0~%'],
    [0.0004, '0.04~%'],
    [0.00996, '1.0~%'],
    [0.0624, '6.2~%'],
    [0.0996, '10~%'],
    [0.92, '92~%'],
    [1, '100~%'],
    [null, '–'],
  ]));

describe('money has as many digits as matter', () =>
  table(format.money, [
    ['1204180000000', '$1,204.18'],
    ['39148100000', '$39.15'],
    ['1000000000', '$1.00'],
    ['411800000', '$0.4118'],
    ['10000000', '$0.0100'],
    ['2060000', '$0.002060'],
    ['1000', '$0.000001'],
    ['999', '<~$0.000001'],
    ['0', '$0'],
    ['-410000000', '−$0.4100'],
    [39_148_100_000, '$39.15'],
    [null, '–'],
  ]));

test('a model without a price is free, a sum of nothing is not', () => {
  expect(format.money('0', 'free')).toBe('free');
  expect(format.money('1', 'free')).not.toBe('free');
});

describe('durations name their unit', () =>
  table(format.duration, [
    [0, '0~ms'],
    [0.41, '0.41~ms'],
    [0.996, '1~ms'],
    [143.2, '143~ms'],
    [999.6, '1.00~s'],
    [1376, '1.38~s'],
    [59_996, '1~m~00~s'],
    [246_000, '4~m~06~s'],
    [3_600_000, '1~h~00~m'],
    [34_140_000, '9~h~29~m'],
    [367_200_000, '4~d~06~h'],
    [null, '–'],
  ]));

describe('ages are short', () =>
  table(format.age, [
    [-20, '0.0~s'],
    [312, '0.3~s'],
    [9960, '10~s'],
    [38_000, '38~s'],
    [300_000, '5~m'],
    [34_140_000, '9~h~29~m'],
    [NaN, '–'],
  ]));

describe('countdowns never fall below zero', () =>
  table(
    (at: number | null) => format.countdown(at, 1000),
    [
      [48_000, '0:47'],
      [1001, '0:01'],
      [0, '0:00'],
      [601_000, '10:00'],
      [34_141_000, '9~h~29~m'],
      [null, '–'],
    ],
  ));

test('times are of the zone that is chosen', () => {
  const t = Date.UTC(2026, 10, 23, 14, 30, 33, 114);
  expect(format.time(t, 'utc')).toBe('14:30:33');
  expect(format.time(t, 'utc', 'minutes')).toBe('14:30');
  expect(format.time(t, 'utc', 'ms')).toBe('14:30:33.114');
  expect(format.time(null, 'utc')).toBe('–');
  const local = new Date(t);
  const hours = String(local.getHours()).padStart(2, '0');
  expect(format.time(t, 'browser').slice(0, 2)).toBe(hours);
  expect(format.zoneName('utc')).toBe('UTC');
});

test('dates say their year when it is another', () => {
  const now = Date.UTC(2026, 10, 23);
  expect(format.date(now, 'utc', now)).toBe('23 Nov');
  expect(format.date(Date.UTC(2025, 0, 2), 'utc', now)).toBe('2 Jan 2025');
});

test('a text is taken apart at its space', () => {
  expect(format.parts('4.81\u202fM')).toEqual({ value: '4.81', unit: 'M' });
  expect(format.parts('92\u00a0%')).toEqual({ value: '92', unit: '%' });
  expect(format.parts('$39.15')).toEqual({ value: '$39.15', unit: '' });
  expect(format.parts('<\u00a0$0.000001')).toEqual({ value: '<\u00a0$0.000001', unit: '' });
});

describe('a step has one unit', () =>
  table(format.step, [
    [1000, '1~s'],
    [30_000, '30~s'],
    [300_000, '5~m'],
    [21_600_000, '6~h'],
    [86_400_000, '1~d'],
    [250, '250~ms'],
  ]));

describe('an axis leaves zeros out', () =>
  table(format.trimmed, [
    ['60.0/s', '60/s'],
    ['2.00\u00a0s', '2~s'],
    ['1.50\u00a0s', '1.5~s'],
    ['600\u00a0ms', '600~ms'],
    ['1,200', '1,200'],
    ['10.0\u202fk', '10_k'],
  ]));
