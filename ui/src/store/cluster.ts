import { computed, ref, watch } from 'vue';

import type { Schemas } from '../api/client';
import { useGateway } from './gateway';
import { useResource, type Resource } from './resource';

/// Who leads, and who is linked with whom, which the stream does not tell. It is asked for again
/// when a node comes or goes and when another version is in force, and every `freshMs` where the
/// page shows what changes meanwhile.
export function useCluster(freshMs = Infinity): Resource<Schemas['Cluster']> {
  const { client, live } = useGateway();
  const changes = ref(0);
  const turn = computed<number>((before = 0) => {
    void live.second.value;
    const isLive = live.link.value.state === 'live';
    return isLive ? Math.floor(live.now() / freshMs) : before;
  });
  const happened = computed(() => {
    void live.rev.value;
    const nodes = [...live.nodes.value.values()].map((node) => node.id + node.facts.state);
    const count = live.snapshots.value;
    return count > 0 ? [count, live.configVersion.value, ...nodes].join() : '';
  });
  // What is known for the first time is no change: the answer is as new.
  watch(turn, (_, before) => (before > 0 ? ++changes.value : undefined));
  watch(happened, (_, before) => (before !== '' ? ++changes.value : undefined));
  return useResource(
    (signal) => client.get('/cluster', {}, signal),
    () => changes.value,
  );
}
