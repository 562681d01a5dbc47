import { computed, onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';

import { Problem, type Schemas } from '../api/client';
import { endedAt, hasText, mergeNewest, type RequestRow } from '../lib/requestRow';
import { useGateway } from './gateway';
import { boundsOf } from './range';
import { askedFor, isLiveQuery, type RequestQuery } from './requestQuery';
import { useResource, type Loaded } from './resource';

const firstPage = 100;
const furtherPage = 200;
const rowsKeptMax = 2000; // of a list that grows at its head
export const heldMax = 500;

export interface RequestList {
  state: ShallowRef<Loaded<Schemas['RequestList']>>;
  rows: ShallowRef<readonly RequestRow[]>;
  /** What came while the list had to stand still, the newest of it. */
  held: ShallowRef<readonly RequestRow[]>;
  /** Requests that came too fast to be told one by one. */
  leftOut: Ref<number>;
  hasMore: Ref<boolean>;
  /** Of the pages behind the first. */
  isAsking: Ref<boolean>;
  problem: ShallowRef<Problem | null>;
  more(): Promise<void>;
  /** Lets what is held in. */
  release(): void;
  /** Asks whether the head lacks something. */
  renew(): Promise<void>;
  reload(): void;
}

/// The request log page by page, and what ends meanwhile on top of it. While `mustStandStill`,
/// nothing that is seen moves.
export function useRequestList(
  query: () => RequestQuery,
  mustStandStill: () => boolean,
): RequestList {
  const { client, connection, live } = useGateway();
  const rows = shallowRef<readonly RequestRow[]>([]);
  const held = shallowRef<readonly RequestRow[]>([]);
  const leftOut = ref(0);
  const next = shallowRef<string | null>(null);
  let wholeUntil = -Infinity; // requests of all nodes that ended until then are here
  let isTorn = false; // something is missing between what is held and the rows
  const isTrimmed = ref(false); // the rows that `next` goes on behind are not here any more
  const isAsking = ref(false);
  const problem = shallowRef<Problem | null>(null);
  const isLive = computed(() => isLiveQuery(query()));
  let missed: RequestRow[] = []; // while the first page is on its way
  let asked = 0; // counts the questions: an answer to an older one is none

  const { state, reload } = useResource(
    (signal) => {
      missed = []; // what ended before is in the log by now
      return page(firstPage, {}, signal);
    },
    () => JSON.stringify(query()),
  );

  function page(
    limit: number,
    more: object,
    signal?: AbortSignal,
  ): Promise<Schemas['RequestList']> {
    const { sort } = query();
    return client.get('/requests', { ...askedFor(query()), sort, limit, ...more }, signal);
  }

  function show(answer: Schemas['RequestList'], newer: readonly RequestRow[]): void {
    rows.value = isLive.value ? mergeNewest(newer, answer.items) : answer.items;
    next.value = answer.next ?? null;
    wholeUntil = answer.items[0] ? endedAt(answer.items[0]) : -Infinity;
    isTrimmed.value = false;
    isTorn = false;
    held.value = [];
    leftOut.value = 0;
    problem.value = null;
    isAsking.value = false;
    ++asked;
  }
  watch(
    () => state.value.data,
    (answer) => {
      if (answer) show(answer, missed);
      missed = [];
    },
  );

  async function more(): Promise<void> {
    if (isAsking.value || !(next.value !== null || isTrimmed.value)) return;
    const mine = asked;
    isAsking.value = true;
    try {
      const answer = await page(
        furtherPage,
        isTrimmed.value ? behindLast() : { cursor: next.value },
      );
      if (mine !== asked) return;
      const have = new Set(rows.value.map(({ id }) => id));
      rows.value = [...rows.value, ...answer.items.filter(({ id }) => !have.has(id))];
      next.value = answer.next ?? null;
      isTrimmed.value = false;
      problem.value = null;
    } catch (error) {
      if (mine !== asked) return;
      problem.value = error instanceof Problem ? error : new Problem(0, 'page', String(error));
    }
    isAsking.value = false;
  }

  function behindLast(): object {
    const to = Math.ceil(endedAt(rows.value.at(-1)!)) + 1;
    return { last: undefined, from: Math.round(boundsOf(query().range, live.now()).from), to };
  }

  function take(newer: readonly RequestRow[]): void {
    if (newer.length === 0) return;
    if (mustStandStill() && rows.value.length > 0) {
      const have = new Set(rows.value.map(({ id }) => id));
      held.value = mergeNewest(
        newer.filter(({ id }) => !have.has(id)),
        held.value,
      );
      if (held.value.length > heldMax) isTorn = true;
      held.value = held.value.slice(0, heldMax);
      return;
    }
    const merged = mergeNewest(newer, rows.value);
    if (merged.length > rowsKeptMax) isTrimmed.value = true;
    rows.value = merged.slice(0, rowsKeptMax);
  }

  function release(): void {
    if (isTorn) return reload();
    const newer = held.value;
    held.value = [];
    if (newer.length > 0) rows.value = mergeNewest(newer, rows.value);
  }

  async function renew(): Promise<void> {
    if (!isLive.value || state.value.data === null || state.value.waitingSince !== null) return;
    const mine = asked;
    const answer = await page(firstPage, {}).catch(() => null); // the next time it is
    if (answer === null || mine !== asked) return;
    const have = new Set([...held.value, ...rows.value].map(({ id }) => id));
    const newer = answer.items.filter(({ id }) => !have.has(id));
    const isGap = answer.next !== null && isBehindGap(answer.items, newer.length);
    if (isGap && !mustStandStill()) return show(answer, []);
    if (isGap) isTorn = true;
    else if (answer.items[0]) wholeUntil = endedAt(answer.items[0]);
    take(newer);
  }

  // One node's stream tells all of its requests, or none while it is cut off. Of other nodes' only
  // those are here that were asked for.
  function isBehindGap(items: readonly RequestRow[], newer: number): boolean {
    const hasOthers = live.nodes.value.size > 1;
    return hasOthers ? endedAt(items.at(-1)!) > wholeUntil : newer === items.length;
  }

  const sink = ({ items, dropped }: Schemas['RequestsEvent']): void => {
    const { q } = query();
    const newer = items.filter((row) => q === '' || hasText(row, q));
    newer.sort((a, b) => endedAt(b) - endedAt(a));
    leftOut.value += dropped;
    if (state.value.waitingSince === null) take(newer);
    else missed = mergeNewest(newer, missed).slice(0, heldMax);
  };
  live.requestSinks.add(sink);
  let leave = () => undefined as void;
  watch(
    () => (isLive.value ? JSON.stringify(query().f) : null),
    (filters) => {
      const before = leave;
      leave = filters === null ? () => undefined : connection.wantRequests(JSON.parse(filters));
      before();
    },
    { immediate: true },
  );
  // A stream that has just been opened tells nothing of what ended before.
  watch(live.hello, () => void renew());
  watch(mustStandStill, (must) => {
    if (!must) release();
  });
  onScopeDispose(() => {
    live.requestSinks.delete(sink);
    leave();
    ++asked;
  });
  const hasMore = computed(() => next.value !== null || isTrimmed.value);
  return { state, rows, held, leftOut, hasMore, isAsking, problem, more, release, renew, reload };
}
