import { computed, type ComputedRef } from 'vue';

import { byName } from '../lib/names';
import { useGateway } from './gateway';

const slotsMax = 8;
const otherColour = '--s9';

/// The token of a node's colour, the same on all pages. Where there are more nodes than colours,
/// none has one: bars then say by their titles whose a part is.
export function useNodeColours(): ComputedRef<(node: string) => string> {
  const { live, slots } = useGateway();
  return computed(() => {
    const names = [...live.nodes.value.keys()].sort(byName);
    const held = names.length > slotsMax ? new Map() : slots.of('node', names);
    return (node) => (held.has(node) ? `--s${held.get(node)}` : otherColour);
  });
}
