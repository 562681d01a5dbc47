import { computed, type ComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';

import { useGateway } from './gateway';

export const lasts = ['15m', '1h', '24h', '7d', '30d'] as const;
export type Last = (typeof lasts)[number];

export type Range = { last: Last } | { from: number; to: number };

const lastDefault: Last = '1h';
const minuteMs = 60_000;
const lengths: Record<Last, number> = {
  '15m': 15 * minuteMs,
  '1h': 60 * minuteMs,
  '24h': 1440 * minuteMs,
  '7d': 7 * 1440 * minuteMs,
  '30d': 30 * 1440 * minuteMs,
};

/// Begins and ends where, on a clock that says `now`.
export function boundsOf(range: Range, now: number): { from: number; to: number } {
  return 'last' in range ? { from: now - lengths[range.last], to: now } : range;
}

/// What a chart of that range shows, and up to when anything is known. The two ends are the same
/// while live; when the stream is down time goes on, and what is not known shows as a gap.
export function useBounds(
  range: () => Range,
): ComputedRef<{ from: number; to: number; known: number }> {
  const { live } = useGateway();
  return computed(() => {
    void live.rev.value;
    void live.second.value;
    const known = Number.isNaN(live.dataAt) ? live.now() : live.dataAt;
    const isDown = live.link.value.state === 'down';
    return { ...boundsOf(range(), isDown ? live.now() : known), known };
  });
}

/// The time range of the page: it stands in the address, so that a link shows what its sender saw
/// and Back undoes a zoom.
export function useRange(): {
  range: ComputedRef<Range>;
  isLive: ComputedRef<boolean>;
  choose(last: Last): void;
  zoom(from: number, to: number): void;
} {
  const route = useRoute();
  const router = useRouter();
  const range = computed(() => rangeOf(route.query));
  const push = (query: Record<string, string | undefined>) =>
    void router.push({
      query: { ...route.query, last: undefined, from: undefined, to: undefined, ...query },
    });
  return {
    range,
    isLive: computed(() => 'last' in range.value),
    choose: (last) => push({ last: last === lastDefault ? undefined : last }),
    zoom: (from, to) => push({ from: String(Math.round(from)), to: String(Math.round(to)) }),
  };
}

/// What of an address is no range is the usual one.
export function rangeOf(query: Record<string, unknown>): Range {
  const from = Number(query.from ?? NaN);
  const to = Number(query.to ?? NaN);
  if (Number.isFinite(from) && Number.isFinite(to) && from < to) return { from, to };
  return { last: lasts.find((last) => last === query.last) ?? lastDefault };
}
