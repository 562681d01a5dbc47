import { computed, ref, watch, type ComputedRef } from 'vue';

import { worstFirst } from '../lib/worst';
import { useGateway } from './gateway';
import type { ProviderRow } from './providerRow';

const seconds = 5;

/// All providers, worst first. They change places at most every few seconds, or at once when the
/// state of one has changed: a row must not leave while somebody reads it.
export function useWorstFirst(): ComputedRef<ProviderRow[]> {
  const { live } = useGateway();
  const turn = ref(0);
  watch(live.second, (second) => {
    if (second % seconds === 0) ++turn.value;
  });
  const states = computed(() => {
    void live.rev.value;
    return [...live.providers.value.values()].map((row) => row.health.state).join();
  });
  return computed(() => {
    void turn.value;
    void states.value;
    return [...live.providers.value.values()].sort(worstFirst);
  });
}
