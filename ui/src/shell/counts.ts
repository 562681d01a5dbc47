import { computed, type ComputedRef } from 'vue';

import { useGateway } from '../store/gateway';
import { pages } from '../pages';
import { existingPage } from './links';

/// How many matters need attention, by the path of the page that they lead to.
export function useCounts(): ComputedRef<Record<string, number>> {
  const { live } = useGateway();
  return computed(() => {
    const counts: Record<string, number> = {};
    for (const matter of live.attention.value) {
      const page = existingPage(matter.href, pages);
      if (page !== null && page !== '/') counts[page] = (counts[page] ?? 0) + 1;
    }
    return counts;
  });
}
