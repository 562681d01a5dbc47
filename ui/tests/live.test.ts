import { beforeEach, describe, expect, test } from 'vitest';

import type { Schemas } from '../src/api/client';
import { Live } from '../src/store/live';
import { Names, readTick } from '../src/store/tick';

const now = 1_795_444_200_000;
let clock = now - 5000; // this machine's is five seconds behind
let live: Live;

const window = (w: string, limit: number | null, used: number, model: string | null = null) =>
  ({
    w,
    model,
    pool_name: null,
    limit,
    used,
    external: 0,
    shares: [],
  }) as unknown as Schemas['Window'];

function provider(id: string, more: Partial<Schemas['Provider']> = {}): Schemas['Provider'] {
  return {
    id,
    dialect: 'openai',
    enabled: true,
    health: { state: 'ok', reason: null, until: null },
    now: { rpm: 120, err_ratio: 0.05, ttft_ms: { p50: 168, p95: 520 }, inflight: 14 },
    attempts: {},
    strip: { step_ms: 60_000, t0: now - 2 * 60_000, s: 'oow' },
    windows: [window('rpm', 100, 20), window('rpm', 30, 24, 'small'), window('tpm', null, 5)],
    cost_today_n: '1000000000',
    list_cost_today_n: '2000000000',
    ...more,
  };
}

function snapshot(): Schemas['SnapshotEvent'] {
  return {
    t: now,
    ids: { p: { groq: 1, local: 2 }, m: { small: 1 } },
    providers: [provider('groq'), provider('local', { windows: [] })],
    nodes: [],
    totals: {
      t0: now - 3000,
      step_ms: 1000,
      v: [[5, 0, 0, 50, 10, 0], null, [7, 1, 1, 70, 14, 0], [2, 0, 0, 20, 4, 0]],
      ttft: [[200, 900, 1000], null, [null, null, null], [210, 910, 1010]],
    },
    attention: [],
    config_version: 182,
  };
}

const tick = (t: number, more: Partial<Schemas['TickEvent']> = {}): Schemas['TickEvent'] => ({
  t,
  tot: [3, 1, 1, 30, 6, 500],
  ttft: [220, 920, 1020],
  ...more,
});

const hello = (resumed: boolean): Schemas['HelloEvent'] => ({
  scope: { nodes: ['a'], missing: [], as_of: now },
  now,
  node: 'a',
  nodes: ['a'],
  ui_build: 'x',
  config_version: 182,
  tick_ms: 250,
  resumed,
});

beforeEach(() => {
  clock = now - 5000;
  live = new Live(() => clock);
  live.event('hello', hello(false));
  live.event('snapshot', snapshot());
});

describe('a tick', () => {
  test('is read by the names that the snapshot gave, and by its own', () => {
    const names = new Names();
    names.learn({ p: { groq: 1 } });
    const event = tick(now, {
      ids: { p: { fresh: 7 }, m: { small: 4 } },
      p: {
        1: [3, 4, 1, 14, 168.5, null, 30, 6, 500, 690, null, 0, 1000],
        7: [1, 1, 0, 1, null, null, 1, 1, 0, null, null, null, null],
        9: [1, 1, 0, 1, null, null, 1, 1, 0, null, null, null, null],
      },
      m: { 4: [2, 0, 20, 4, 400, 200] },
    });
    const read = readTick(event, names);
    expect([...read.providers.keys()]).toEqual(['groq', 'fresh']);
    expect(read.providers.get('groq')).toEqual({
      requests: 3,
      attempts: 4,
      failed: 1,
      inflight: 14,
      ttftP50: 168.5,
      ttftP95: NaN,
      tokensIn: 30,
      tokensOut: 6,
      costN: 500,
      fill: [0.69, NaN, 0, 1],
    });
    expect(read.models.get('small')).toEqual({
      requests: 2,
      tokensIn: 20,
      tokensOut: 4,
      costN: 400,
    });
    expect(read.totals.failovers).toBe(1);
  });

  test('is added to the second it is of', () => {
    live.event('tick', tick(now + 250));
    live.event('tick', tick(now + 1100));
    expect([...live.counts.last('requests', 5)]).toEqual([5, NaN, 7, 5, 3]);
    expect(live.speeds.latest('p50', 1)).toBe(220);
  });

  test('changes its providers alone', () => {
    const { groq, local } = Object.fromEntries(live.providers.value);
    const before = [groq!.rev.value, local!.rev.value];
    const row = [4, 6, 3, 20, 170, 530, 40, 8, 5_000_000, 250, null, null, null];
    live.event('tick', tick(now + 250, { p: { 1: row } }));
    expect(groq!.rev.value).toBe(before[0]! + 1);
    expect(local!.rev.value).toBe(before[1]);
    expect(groq!.inflight).toBe(20);
    expect(groq!.fill).toEqual([0.25, NaN, NaN, NaN]);
    expect(groq!.costTodayN).toBe(1_005_000_000);
    expect(groq!.perMinute).toBeCloseTo(126);
    expect(groq!.errorRatio).toBeCloseTo((6 + 3) / 126);
  });
});

describe('a snapshot', () => {
  test('spreads what a provider did in the last minute, until ticks have replaced it', () => {
    const row = live.providers.value.get('groq')!;
    expect(row.perMinute).toBeCloseTo(120);
    expect(row.errorRatio).toBeCloseTo(0.05);
    live.event('beat', { now: now + 30_000 });
    expect(row.perMinute).toBeCloseTo(60);
    live.event('beat', { now: now + 61_000 });
    expect(row.perMinute).toBe(0);
    expect(row.errorRatio).toBeNaN();
  });

  test('shows the window with the least left, whoever has it', () => {
    const row = live.providers.value.get('groq')!;
    expect(row.fill).toEqual([0.8, NaN, NaN, NaN]);
    expect(row.fullest('rpm')?.model).toBe('small');
    expect(row.fullest('tpm')).toBeUndefined();
  });

  test('keeps gaps where the node did not run', () => {
    expect([...live.counts.last('requests', 4)]).toEqual([5, NaN, 7, 2]);
    expect([...live.speeds.last('p95', 4)]).toEqual([900, NaN, NaN, 910]);
  });

  test('takes the place of all there was', () => {
    live.event('tick', tick(now + 250));
    live.event('snapshot', snapshot());
    expect(live.counts.recent('requests', 900)).toBe(14);
    expect(live.snapshots.value).toBe(2);
  });
});

test('a stream that goes on counts nothing twice and loses nothing', () => {
  live.event('tick', tick(now + 250));
  live.event('hello', hello(true));
  live.event('tick', tick(now + 500));
  live.event('tick', tick(now + 750));
  expect(live.counts.recent('requests', 900)).toBe(14 + 9);
});

test('while nothing comes, time makes a gap; a beat says that nothing happened', () => {
  live.event('beat', { now: now + 2000 });
  expect([...live.counts.last('requests', 3)]).toEqual([2, 0, 0]);
  expect(live.speeds.latest('p50', 1)).toBeNaN();
  live.changed({ state: 'down', heardAt: 0, nextTryAt: 0 });
  clock += 60_000;
  live.passSecond();
  expect(live.counts.newest).toBe(now + 2000);
});

test('the clock is the server’s', () => {
  expect(live.now()).toBe(now);
  clock += 700;
  expect(live.now()).toBe(now + 700);
});

test('a page that stands still is woken by nothing, and misses nothing', () => {
  const row = live.providers.value.get('groq')!;
  live.pause(true);
  const before = [live.rev.value, live.second.value, row.rev.value];
  live.event('tick', tick(now + 250, { p: { 1: [1, 1, 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1] } }));
  live.passSecond();
  expect([live.rev.value, live.second.value, row.rev.value]).toEqual(before);
  live.pause(false);
  expect(live.rev.value).toBeGreaterThan(before[0]!);
  expect(row.rev.value).toBeGreaterThan(before[2]!);
  expect(row.inflight).toBe(3);
});

test('another version is asked for with its providers and limits', () => {
  let asked = 0;
  live.onVersion = () => ++asked;
  const note = { at: now, by: 'ops', via: 'ui', note: '', summary: [], nodes: [] };
  live.event('config', { version: 183, ...note });
  expect(live.configVersion.value).toBe(183);
  expect(asked).toBe(1);
});

test('health follows its events, and the strip follows the minutes', () => {
  const row = live.providers.value.get('groq')!;
  expect(row.strip).toBe('oo'); // the third letter is of the minute that runs
  live.event('tick', tick(now + 250, { p: { 1: [0, 4, 3, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1] } }));
  expect(row.strip).toBe('ooe');
  live.event('beat', { now: now + 60_000 });
  expect(row.strip).toBe('ooe');
  live.event('health', { provider: 'groq', state: 'cooldown', reason: '429', until: 1, by: 'a' });
  expect(row.health.state).toBe('cooldown');
  expect(row.strip).toBe('ooec');
  live.event('beat', { now: now + 180_000 });
  expect(row.strip).toBe('ooeccc');
});

test('failovers are kept newest first, a bounded number of them', () => {
  const row = (id: string) => ({ id }) as Schemas['RequestRow'];
  for (let i = 0; i < 60; ++i) live.event('failover', { items: [row(`${i}`)], dropped: 0 });
  live.event('failover', { items: [row('old'), row('new')], dropped: 3 });
  expect(live.failovers.value.slice(0, 3).map(({ id }) => id)).toEqual(['new', 'old', '59']);
  expect(live.failovers.value).toHaveLength(50);
});

test('shares follow their events, and no older answer undoes them', () => {
  const row = live.providers.value.get('groq')!;
  const share = { provider: 'groq', w: 'rpm', model: null, pool_name: null, pool: 60 };
  const before = row.rev.value;
  live.event('share', { ...share, shares: [['a', 100, 30, null]] });
  expect(row.rev.value).toBeGreaterThan(before);
  const rpm = () => row.facts.windows.find(({ w, model }) => w === 'rpm' && model === null)!;
  const small = row.facts.windows.find(({ model }) => model === 'small')!;
  expect(rpm()).toMatchObject({ used: 30, pool: 60, limit: 100 });
  expect(small.used).toBe(24); // another window of that name
  row.takeWindows([window('rpm', 100, 99)], live.now() - 1);
  expect(rpm().used).toBe(30);
  row.takeWindows([window('rpm', 100, 99)], live.now() + 1);
  expect(rpm().used).toBe(99);
});

describe('a node', () => {
  const facts = (state: 'ok' | 'stale', more = {}) =>
    ({
      id: 'gw-1',
      state,
      rps: 4,
      inflight: 2,
      ttft_ms: { p50: 200, p95: 900 },
      cpu: 0.4,
      rss: 100,
      last_seen: now,
      ...more,
    }) as Schemas['ClusterNode'];

  beforeEach(() => {
    live.event('snapshot', { ...snapshot(), ids: { n: { 'gw-1': 7 } }, nodes: [facts('ok')] });
  });
  const row = () => live.nodes.value.get('gw-1')!;

  test('has what it is told at first, then what ticks count', () => {
    expect(row().perSecond(now)).toBeCloseTo(4, 0);
    for (let second = 1; second <= 11; ++second)
      live.event('tick', tick(now + second * 1000, { n: { 7: [9, 0, 5, 210, 500, 200] } }));
    expect(row().perSecond(now + 11_000)).toBeCloseTo(9.9, 1);
    expect(row()).toMatchObject({ inflight: 5, ttftP50: 210, cpu: 0.5, rss: 200 });
  });

  test('that is not heard has no rate, until it is heard again', () => {
    const before = row().rev.value;
    live.event('node', facts('stale'));
    expect(row().isHeard).toBe(false);
    expect(row().perSecond(now)).toBeNaN();
    expect(row().rev.value).toBeGreaterThan(before);
    live.event('node', facts('ok'));
    expect(row().perSecond(now)).toBeGreaterThan(0);
  });

  test('that joins is there', () => {
    live.event('node', facts('ok', { id: 'gw-2' }));
    expect([...live.nodes.value.keys()]).toEqual(['gw-1', 'gw-2']);
  });
});
