import {
  computed,
  onScopeDispose,
  shallowRef,
  watch,
  type ComputedRef,
  type ShallowRef,
} from 'vue';

import { Problem } from '../api/client';
import { useGateway } from './gateway';

const firstRetryMs = 1000;
const retryMsMax = 30_000;

/// What a card knows of what it shows: old data stays while new is asked for, and when that fails.
export interface Loaded<Data> {
  data: Data | null;
  problem: Problem | null;
  /** Since when an answer is waited for, in ms of this machine's clock; null when none is. */
  waitingSince: number | null;
  /** When it is asked again by itself. */
  retryAt: number | null;
}

export interface Resource<Data> {
  state: ShallowRef<Loaded<Data>>;
  reload(): void;
}

/// The same for what the stream brings: there from the first snapshot on.
export function useStreamed(): ComputedRef<Loaded<true>> {
  const { live } = useGateway();
  const since = Date.now();
  return computed(() => {
    const isThere = live.snapshots.value > 0;
    return {
      data: isThere ? true : null,
      problem: null,
      waitingSince: isThere ? null : since,
      retryAt: null,
    };
  });
}

/// Asks once signed in, again whenever `again` changes, and with growing pauses when it fails.
/// `load` is called with a signal that ends a question nobody waits for any more.
export function useResource<Data>(
  load: (signal: AbortSignal) => Promise<Data>,
  again: () => unknown = () => 0,
): Resource<Data> {
  const { session } = useGateway();
  const state = shallowRef<Loaded<Data>>({
    data: null,
    problem: null,
    waitingSince: Date.now(),
    retryAt: null,
  });
  let asked: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  async function ask(): Promise<void> {
    asked?.abort();
    clearTimeout(timer);
    const mine = new AbortController();
    asked = mine;
    state.value = { ...state.value, waitingSince: Date.now(), retryAt: null };
    try {
      const data = await load(mine.signal);
      if (mine.signal.aborted) return;
      failures = 0;
      state.value = { data, problem: null, waitingSince: null, retryAt: null };
    } catch (error) {
      if (mine.signal.aborted) return;
      fail(error instanceof Problem ? error : new Problem(0, 'page', String(error)));
    }
  }

  function fail(problem: Problem): void {
    // When the session is over nothing is asked until somebody has signed in.
    const isOver = problem.status === 401;
    const pause = problem.retryAfterMs ?? Math.min(retryMsMax, firstRetryMs * 2 ** failures++);
    state.value = {
      ...state.value,
      problem: isOver ? null : problem,
      waitingSince: null,
      retryAt: isOver ? null : Date.now() + pause,
    };
    if (!isOver) timer = setTimeout(() => void ask(), pause);
  }

  const reload = () => {
    failures = 0;
    void ask();
  };
  watch(
    [session.isIn, again],
    ([isIn]) => {
      if (isIn) reload();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    asked?.abort();
    clearTimeout(timer);
  });
  return { state, reload };
}
