import { computed, type ComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';

import type { Schemas } from '../api/client';
import { amountOf, ownerOf, partsOf, sharesOf, type NodeShare, type Part } from '../lib/shares';
import { fillOf, type ProviderRow } from './providerRow';

/// A window with what pages say of it worked out.
export interface Quota {
  key: string;
  window: Schemas['Window'];
  fill: number;
  shares: NodeShare[];
  parts: Part[];
  /** Of all parts: the limit, and what is owed. */
  total: number;
}

export function quotaOf(window: Schemas['Window'], broker: string | null): Quota {
  const shares = sharesOf(window, broker);
  const parts = partsOf(window, shares);
  const lying = parts.reduce((sum, { amount }) => sum + amount, 0);
  return {
    key: [window.w, ownerOf(window)].join(),
    window,
    fill: fillOf(window),
    shares,
    parts,
    total: Math.max(lying, (window.limit ?? 0) + window.owed, 1),
  };
}

/// What is in use by the cluster, without what a lost book may have used.
export const usedOf = ({ parts }: Quota): number => amountOf(parts, 'used');

/// Whose windows a provider's page shows: a provider may have some of its own, some for each of its
/// models, and parts of pools. The choice stands in the address.
export function useQuotas(
  row: () => ProviderRow | undefined,
  broker: () => string | null,
): {
  owners: ComputedRef<{ owner: string; fill: number }[]>;
  owner: ComputedRef<string>;
  quotas: ComputedRef<Quota[]>;
  choose(owner: string): void;
} {
  const route = useRoute();
  const router = useRouter();
  const windows = computed(() => {
    void row()?.rev.value;
    return row()?.facts.windows ?? [];
  });
  const owners = computed(() => {
    const fills = new Map<string, number>();
    for (const window of windows.value) {
      const owner = ownerOf(window);
      fills.set(owner, Math.max(fills.get(owner) ?? 0, fillOf(window) || 0));
    }
    return [...fills].map(([owner, fill]) => ({ owner, fill }));
  });
  const owner = computed(() => {
    const asked = String(route.query.of ?? '');
    const isThere = owners.value.some((one) => one.owner === asked);
    return isThere ? asked : (owners.value[0]?.owner ?? '');
  });
  const quotas = computed(() =>
    windows.value
      .filter((window) => ownerOf(window) === owner.value)
      .map((window) => quotaOf(window, broker())),
  );
  return {
    owners,
    owner,
    quotas,
    choose: (chosen) => void router.replace({ query: { ...route.query, of: chosen || undefined } }),
  };
}
