import { computed, onScopeDispose, watch, type ShallowRef } from 'vue';

import type { QueryOf, Schemas } from '../api/client';
import { Course, others } from '../lib/course';
import { useGateway } from './gateway';
import type { Range } from './range';
import { useResource, type Loaded } from './resource';
import type { Counts, Kind, Tick } from './tick';
import { useToday } from './today';

export type Metric = 'requests' | 'tokens' | 'cost' | 'errors';

const toldApartMax = 50; // the server's bound
const namedMax = 8; // as many as there are colours
const ticksKeptMax = 600; // while an answer is waited for
const liveStepMsMax = 60_000; // a course of longer steps is asked for again when one is over
const answerLagMs = 1000;

const asked: Record<Metric, string> = {
  requests: 'requests',
  tokens: 'tokens_in,tokens_out',
  cost: 'cost_n',
  errors: 'errors',
};

/// What of a tick's row belongs to which metric; none where ticks don't say it.
const ofCounts: Record<Metric, ((counts: Counts) => number) | null> = {
  requests: (counts) => counts.requests,
  tokens: (counts) => counts.tokensIn + counts.tokensOut,
  cost: (counts) => counts.costN,
  errors: null,
};

export interface CourseView {
  state: ShallowRef<Loaded<Course>>;
  reload(): void;
}

type Series = Schemas['Series']['series'][number];
type Taking = ((course: Course, tick: Tick) => void) | null;

/// Requests, tokens, cost or errors by a dimension, in the page's range and going on while live.
export function useVolume(wanted: () => { metric: Metric; by: Kind; range: Range }): CourseView {
  return useCourse(
    () => {
      const { metric, by, range } = wanted();
      return { metric: asked[metric], by, top: namedMax, ...range };
    },
    (series) => (series.other ? others : (Object.values(series.key)[0] ?? others)),
    () => {
      const { metric, by } = wanted();
      const countOf = ofCounts[metric];
      if (countOf === null || (by === 'node' && metric !== 'requests')) return null;
      return (course, tick) =>
        course.add(tick.t, valuesOf(tick, by, countOf), countOf(tick.totals));
    },
  );
}

function valuesOf(tick: Tick, by: Kind, countOf: (counts: Counts) => number): Map<string, number> {
  // Ticks tell no more of a node.
  if (by === 'node') return new Map([...tick.nodes].map(([id, { requests }]) => [id, requests]));
  const rows = { provider: tick.providers, model: tick.models, key: tick.keys }[by];
  return new Map([...rows].map(([name, counts]) => [name, countOf(counts)]));
}

/// Cost and list price of the day so far, columns cost_n and list_cost_n; days are UTC's.
export function useSpendToday(): CourseView {
  const day = useToday();
  return useCourse(
    () => ({ metric: 'cost_n,list_cost_n', from: day.value }),
    (series) => series.metric,
    () => (course, tick) => {
      course.rings.advance(tick.t, 0);
      course.rings.add('cost_n', tick.t, tick.totals.costN);
    },
  );
}

/// Quantiles of the time to the first token, columns p50, p95 and p99.
export function useFirstToken(range: () => Range): CourseView {
  return useCourse(
    () => ({ metric: 'ttft_ms', ...range() }),
    (series) => series.quantile ?? others,
    () => (course, tick) => course.set(tick.t, new Map(Object.entries(tick.ttft))),
  );
}

/// The same of one provider, columns p50 and p95; of more providers than can be told apart, only
/// if it is one of the busiest.
export function useProviderSpeed(provider: () => string, range: () => Range): CourseView {
  return useCourse(
    () => ({ metric: 'ttft_ms', by: 'provider', top: toldApartMax, ...range() }),
    (series) => (series.key.provider === provider() ? (series.quantile ?? others) : null),
    () => (course, tick) => {
      const { ttftP50: p50, ttftP95: p95 } = tick.providers.get(provider()) ?? {};
      if (p50 !== undefined && p95 !== undefined)
        course.set(tick.t, new Map(Object.entries({ p50, p95 })));
    },
    provider,
  );
}

function useCourse(
  query: () => NonNullable<QueryOf<'/series'>>,
  columnOf: (series: Series) => string | null,
  taking: () => Taking,
  about: () => string = () => '',
): CourseView {
  const { client, live } = useGateway();
  const missed: Tick[] = []; // while an answer is on its way
  // A step that ticks can't fill, or that they fill only roughly, is asked for when it is over.
  const stepOver = computed(() => {
    const course = state.value.data;
    if (!course || query().to !== undefined) return 0;
    const isLive = taking() !== null && course.rings.stepMs <= liveStepMsMax;
    return isLive || live.second.value === 0 ? 0 : Math.floor(live.now() / course.rings.stepMs);
  });
  const { state, reload } = useResource(
    async (signal) => new Course(await client.get('/series', query(), signal), columnOf),
    () => JSON.stringify([query(), about()]),
  );
  watch(stepOver, (now, before) => {
    if (before > 0 && now > before) reload();
  });
  // A stream that began anew may have missed what the course lacks.
  watch(live.snapshots, () => {
    const course = state.value.data;
    if (course && course.asOf < live.dataAt - answerLagMs) reload();
  });
  // No tick comes between an answer and this.
  watch(
    () => state.value.data,
    (course) => {
      for (const tick of missed) if (course && tick.t > course.asOf) take(tick);
      missed.length = 0;
    },
  );

  function take(tick: Tick): void {
    const course = state.value.data;
    if (course && query().to === undefined) taking()?.(course, tick);
  }
  const sink = (tick: Tick): void => {
    if (state.value.waitingSince !== null) missed.push(tick);
    if (missed.length > ticksKeptMax) missed.shift();
    take(tick);
  };
  live.sinks.add(sink);
  onScopeDispose(() => live.sinks.delete(sink));
  return { state, reload };
}
