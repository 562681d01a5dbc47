import { onScopeDispose, ref, type Ref } from 'vue';

/// Whether a media query holds.
export function useMedia(query: string): Ref<boolean> {
  const list = window.matchMedia(query);
  const holds = ref(list.matches);
  const changed = () => (holds.value = list.matches);
  list.addEventListener('change', changed);
  onScopeDispose(() => list.removeEventListener('change', changed));
  return holds;
}

/// One column, tab bar below.
export const useIsSmall = () => useMedia('(max-width: 719.98px)');
