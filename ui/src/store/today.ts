import { computed, type ComputedRef } from 'vue';

import { useGateway } from './gateway';

const dayMs = 86_400_000;

/// When the day began, of the server's clock; days are UTC's, as budgets and totals have them.
export function useToday(): ComputedRef<number> {
  const { live } = useGateway();
  return computed(() => {
    // Looked at again each second; what depends on it is woken only when the day is another one.
    void live.second.value;
    return Math.floor(live.now() / dayMs) * dayMs;
  });
}
