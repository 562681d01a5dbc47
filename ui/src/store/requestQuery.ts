import { computed, type ComputedRef } from 'vue';
import { useRoute, useRouter, type LocationQuery } from 'vue-router';

import type { QueryOf } from '../api/client';
import { rangeOf, type Range } from './range';

type Asked = NonNullable<QueryOf<'/requests'>>;
export type Sort = NonNullable<Asked['sort']>;

/// What of the request log is looked at.
export interface RequestQuery {
  /** `field:op:value`, all must hold. */
  f: string[];
  /** Part of an id or of the model asked for. */
  q: string;
  sort: Sort;
  range: Range;
}

const newestFirst: Sort = '-t';
const orders = ['t', 'attempts', 'tokens_in', 'tokens_out', 'ttft_ms', 'latency_ms', 'cost_n'];
// What else may be in the address of the list is no filter of it.
const filterNames = ['f', 'q', 'sort', 'last', 'from', 'to'];

/// As the address has it.
export function requestQueryOf(query: LocationQuery): RequestQuery {
  const sort = String(query.sort ?? '');
  const given = query.f === undefined || query.f === null ? [] : [query.f].flat();
  return {
    f: given.filter((one): one is string => !!one),
    q: String(query.q ?? ''),
    sort: orders.includes(sort.replace(/^-/, '')) ? (sort as Sort) : newestFirst,
    range: rangeOf(query),
  };
}

/// Of an address, what the list and a request in it have in common.
export function filtersIn(query: LocationQuery): LocationQuery {
  return Object.fromEntries(Object.entries(query).filter(([name]) => filterNames.includes(name)));
}

/// Requests that end now belong to it at once: it goes up to now and has the newest first.
export const isLiveQuery = ({ sort, range }: RequestQuery): boolean =>
  sort === newestFirst && 'last' in range;

/// What the API is asked for it.
export const askedFor = ({ f, q, range }: RequestQuery): Omit<Asked, 'sort'> => ({
  f,
  ...(q === '' ? {} : { q }),
  ...range,
});

/// The part of the request log that the address names; it is changed there.
export function useRequestQuery(): {
  query: ComputedRef<RequestQuery>;
  put(changed: Record<string, string | string[] | undefined>): void;
} {
  const route = useRoute();
  const router = useRouter();
  // A request that is opened beside the list changes the address, not the list.
  const text = computed(() => JSON.stringify(requestQueryOf(route.query)));
  return {
    query: computed(() => JSON.parse(text.value) as RequestQuery),
    put: (changed) => void router.replace({ query: { ...route.query, ...changed } }),
  };
}
