import { computed, type ComputedRef } from 'vue';

import { Problem, type Schemas } from '../api/client';
import { endedAt } from '../lib/requestRow';
import { useGateway } from './gateway';
import { askedFor, type RequestQuery } from './requestQuery';
import { useResource, type Loaded, type Resource } from './resource';

/// A request with its trace; `none` where no node knows that id.
export type Found = Schemas['RequestDetail'] | 'none';

export interface RequestView {
  state: ComputedRef<Loaded<Found>>;
  /** It is the one before that is shown, until the one asked for has come. */
  isOther: ComputedRef<boolean>;
  reload(): void;
}

export function useRequestDetail(id: () => string): RequestView {
  const { client } = useGateway();
  const { state, reload } = useResource(async (signal) => {
    const wanted = id();
    try {
      const found = await client.get('/requests/{id}', undefined, signal, { id: wanted });
      return { wanted, found };
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error;
      return { wanted, found: 'none' as const };
    }
  }, id);
  const isOther = computed(() => {
    const { data } = state.value;
    return data !== null && data.wanted !== id();
  });
  return {
    // Of one that did not come nothing is known, least of all what the one before says.
    state: computed(() => {
      const { data, problem } = state.value;
      const isLost = isOther.value && problem !== null;
      return { ...state.value, data: data === null || isLost ? null : data.found };
    }),
    isOther,
    reload,
  };
}

export interface Neighbours {
  older: string | null;
  newer: string | null;
}

const alikeMax = 20; // that ended within the same millisecond
const lookedBackMs = 90 * 86_400_000;

/// The requests that ended before and after that one, of those that the filters let through.
export function useNeighbours(
  request: () => Schemas['RequestRow'] | null,
  query: () => RequestQuery,
): Resource<Neighbours | null> {
  const { client } = useGateway();
  return useResource(
    async (signal) => {
      const row = request();
      if (row === null) return null;
      const { f, q } = askedFor(query());
      const asked = { f, ...(q === undefined ? {} : { q }), limit: alikeMax };
      const ended = Math.floor(endedAt(row));
      const [older, newer] = await Promise.all([
        client.get(
          '/requests',
          { ...asked, sort: '-t', from: ended - lookedBackMs, to: ended + 2 },
          signal,
        ),
        client.get('/requests', { ...asked, sort: 't', from: ended - 1 }, signal),
      ]);
      return { older: behind(older.items, row.id), newer: behind(newer.items, row.id) };
    },
    () => JSON.stringify([request()?.id ?? null, query()]),
  );
}

// Where the filters leave the request itself out, the nearest.
function behind(rows: readonly Schemas['RequestRow'][], id: string): string | null {
  const at = rows.findIndex((row) => row.id === id);
  return rows[at + 1]?.id ?? null;
}
