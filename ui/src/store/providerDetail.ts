import { computed, ref, watch } from 'vue';

import type { Schemas } from '../api/client';
import { useGateway } from './gateway';
import { useResource, type Resource } from './resource';

const freshMs = 10_000;

/// What the stream does not tell of a provider: its models, its events, what was learned of its
/// limits. It is asked for again when something happens to it, and every ten seconds while it is
/// called; of one that rests nothing is asked.
export function useProviderDetail(name: () => string): Resource<Schemas['ProviderDetail']> {
  const { client, live } = useGateway();
  const changes = ref(0);
  const turn = computed<number>((before = 0) => {
    void live.second.value;
    const isBusy = (live.providers.value.get(name())?.perMinute ?? 0) > 0;
    const isLive = live.link.value.state === 'live';
    return isBusy && isLive ? Math.floor(live.now() / freshMs) : before;
  });
  const happened = computed(() => {
    void live.rev.value;
    const health = live.providers.value.get(name())?.health;
    const nodes = [...live.nodes.value.values()].map((node) => node.id + node.facts.state);
    return health ? [live.snapshots.value, health.state, health.until, ...nodes].join() : '';
  });
  // What is known for the first time is no change: the answer is as new.
  watch(turn, (_, before) => (before > 0 ? ++changes.value : undefined));
  watch(happened, (_, before) => (before !== '' ? ++changes.value : undefined));
  return useResource(
    async (signal) => {
      const answer = await client.get('/providers/{id}', {}, signal, { id: name() });
      const row = live.providers.value.get(name());
      row?.takeWindows(answer.windows, answer.scope.as_of);
      if (!live.isPaused.value) row?.touch();
      return answer;
    },
    () => [name(), changes.value].join(),
  );
}
