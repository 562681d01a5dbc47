import { expect, test } from 'vitest';

import type { Schemas } from '../src/api/client';
import { Course, drawnAt, others, perSecond } from '../src/lib/course';

const from = 1_795_440_600_000;
const step = 10_000;
const columnOf = (series: Schemas['Series']['series'][number]) =>
  series.other ? others : (series.key.provider ?? others);

function answer(
  columns: Record<string, (number | string | null)[]>,
  { to = from + 3 * step } = {},
): Schemas['Series'] {
  return {
    scope: { nodes: ['a'], missing: [], as_of: to },
    from,
    to,
    step_ms: step,
    notes: [],
    series: Object.entries(columns).map(([provider, v]) => ({
      metric: 'requests',
      key: (provider === others ? {} : { provider }) as Record<string, string>,
      other: provider === others,
      v,
    })),
  };
}

const known = (course: Course, column: string) => [...course.rings.last(column)].slice(-4);

test('what ticks add stands behind what the server has answered', () => {
  const course = new Course(answer({ groq: [1, 2, 3], [others]: [4, null, 6] }), columnOf);
  const t = from + 3 * step + 500;
  course.add(
    t,
    new Map([
      ['groq', 2],
      ['mistral', 1],
    ]),
    5,
  );
  course.add(t + 250, new Map([['groq', 1]]), 1);
  expect(known(course, 'groq')).toEqual([1, 2, 3, 3]);
  expect(known(course, others)).toEqual([4, NaN, 6, 3]);
  expect(course.sum('groq')).toBe(9);
});

test('columns of one name are added: tokens in and out', () => {
  const both = answer({ groq: [1, 2, 3] });
  both.series.push({ ...both.series[0]!, metric: 'tokens_out', v: ['10', null, '30'] });
  const course = new Course(both, columnOf);
  expect(known(course, 'groq').slice(0, 3)).toEqual([11, 2, 33]);
  expect(course.names).toEqual(['groq']);
});

test('what happens without a column of its own opens the others', () => {
  const course = new Course(answer({}), columnOf);
  course.add(from + 3 * step + 1, new Map([['new', 3]]), 3);
  expect(course.rings.recent(others, 1)).toBe(3);
});

test('a rate is that of the last seconds, and of the last whole step before there were any', () => {
  const course = new Course(answer({ groq: [10, 20, 30] }), columnOf);
  let t = from + 3 * step;
  expect(course.rate('groq', t)).toBe(3);
  for (; t < from + 3 * step + 8000; t += 250) course.add(t, new Map([['groq', 1]]), 1);
  expect(course.rate('groq', t)).toBeCloseTo(4, 0);
});

test('the step that runs is completed by the one before', () => {
  const course = new Course(answer({ groq: [10, 10, 10] }), columnOf);
  const now = from + 3 * step + step / 4;
  course.add(now, new Map([['groq', 5]]), 5);
  const drawn = perSecond(course.rings, 'groq', now);
  expect(drawn.at(-1)).toBeCloseTo((5 + 10 * 0.75) / 10);
  expect(drawn.at(-2)).toBe(1);
  expect(drawnAt(course.rings, now).at(-1)).toBe(now);
  expect(drawnAt(course.rings, now).at(-2)).toBe(from + 3 * step);
});

test('a value that is unknown leaves its step as it is', () => {
  const course = new Course(answer({ groq: [1, 2, 3] }), columnOf);
  course.set(from + 3 * step, new Map([['groq', 8]]));
  course.set(from + 3 * step + 250, new Map([['groq', NaN]]));
  expect(course.rings.latest('groq', 1)).toBe(8);
});
