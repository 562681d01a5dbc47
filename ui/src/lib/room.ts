import { onScopeDispose, ref, watch, type Ref } from 'vue';

/// How many rows of `rowHeight` px the element has room for, `least` at least: a card that is
/// stretched by its neighbours shows more instead of nothing.
export function useRoom(
  element: Readonly<Ref<HTMLElement | null>>,
  rowHeight: number,
  least: number,
): Ref<number> {
  const rows = ref(least);
  const resized = new ResizeObserver(([entry]) => {
    rows.value = Math.max(least, Math.floor((entry?.contentRect.height ?? 0) / rowHeight));
  });
  watch(
    element,
    (now, before) => {
      if (before) resized.unobserve(before);
      if (now) resized.observe(now);
    },
    { flush: 'post', immediate: true },
  );
  onScopeDispose(() => resized.disconnect());
  return rows;
}
