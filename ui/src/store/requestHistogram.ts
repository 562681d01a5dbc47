import { computed, watch } from 'vue';

import type { Schemas } from '../api/client';
import { useGateway } from './gateway';
import { askedFor, type RequestQuery } from './requestQuery';
import { useResource, type Resource } from './resource';

/// How the requests of the list ended, over time. Where its range goes up to now it is asked for
/// again when a step is over; `onStep` is told.
export function useRequestHistogram(
  query: () => RequestQuery,
  onStep: () => void,
): Resource<Schemas['RequestHistogram']> {
  const { client, live } = useGateway();
  const resource = useResource(
    (signal) => client.get('/requests/histogram', askedFor(query()), signal),
    () => JSON.stringify({ ...query(), sort: '' }),
  );
  const stepOver = computed(() => {
    const answer = resource.state.value.data;
    if (!answer || !('last' in query().range) || live.second.value === 0) return 0;
    return Math.floor(live.now() / answer.step_ms);
  });
  watch(stepOver, (now, before) => {
    const isLost = live.link.value.state === 'down';
    if (before === 0 || now <= before || isLost || live.isPaused.value) return;
    resource.reload();
    onStep();
  });
  return resource;
}
