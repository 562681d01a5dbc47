import { onScopeDispose } from 'vue';
import { useRouter } from 'vue-router';

import { pages } from '../pages';
import { useGateway } from '../store/gateway';

/// What the list of shortcuts shows.
export const shortcuts: [keys: string, what: string][] = [
  ...pages.map((page): [string, string] => [`g ${page.meta?.key}`, `Go to ${page.meta?.title}`]),
  ['Ctrl K', 'Jump to a page, a provider or a request'],
  ['/', 'Filter'],
  ['j  k', 'Next and previous row, or request'],
  ['.', 'Let the page stand still, or go on'],
  ['t', 'Switch between dark and light'],
  ['?', 'This list'],
  ['Esc', 'Close, or leave the filter'],
];

const chordMs = 1500;

/// Shortcuts of all pages. A page's own filter is `[data-filter]`, its table's rows `[data-id]`;
/// one that is itself a row of another page leads to the next by `[data-step="1"]`.
/// Single letters are off while something is typed, and where the user has switched them off.
export function useShortcuts(show: { list: () => void; jump: () => void }): void {
  const router = useRouter();
  const { live, preferences } = useGateway();
  let wentAt = 0;

  const acts: Record<string, () => void> = {
    '/': () => document.querySelector<HTMLElement>('[data-filter]')?.focus(),
    '.': () => live.pause(!live.isPaused.value),
    '?': show.list,
    t: () => (preferences.theme.value = preferences.shown.value === 'dark' ? 'light' : 'dark'),
    g: () => (wentAt = Date.now()),
    j: () => moveRow(1),
    k: () => moveRow(-1),
  };

  function pressed(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key === 'k' && !isCovered()) {
      event.preventDefault();
      return show.jump();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!preferences.singleKeys.value || isTyping(event.target) || isCovered()) return;
    const page = pages.find((one) => one.meta?.key === event.key);
    const isChord = Date.now() - wentAt < chordMs;
    wentAt = 0;
    const act = isChord && page ? () => void router.push(page.path) : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
  document.addEventListener('keydown', pressed);
  onScopeDispose(() => document.removeEventListener('keydown', pressed));
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
  );
}

function isCovered(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

// Rows listen to the arrow keys; so that they do, one of them must have the focus.
function moveRow(by: 1 | -1): void {
  const step = document.querySelector<HTMLElement>(`[data-step="${by}"]`);
  if (step) return step.click();
  const focused = document.activeElement?.closest<HTMLElement>('tr[data-id]');
  const row = focused ?? document.querySelector<HTMLElement>('tr[data-id][tabindex="0"]');
  if (!focused) return row?.focus();
  const key = by > 0 ? 'ArrowDown' : 'ArrowUp';
  row?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}
