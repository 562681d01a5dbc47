import { ref, watch, type Ref } from 'vue';

import type { Zone } from '../lib/format';

export type Theme = 'dark' | 'light' | 'system';

/// What this browser keeps of its user's wishes.
export interface Preferences {
  theme: Ref<Theme>;
  /** The theme in force. */
  shown: Ref<'dark' | 'light'>;
  zone: Ref<Zone>;
  /** Shortcuts of a single letter may be switched off (WCAG 2.1.4). */
  singleKeys: Ref<boolean>;
}

export function keepPreferences(storage: Storage, root: HTMLElement): Preferences {
  const theme = kept<Theme>(storage, 'theme', 'system', ['dark', 'light', 'system']);
  const zone = kept<Zone>(storage, 'zone', 'utc', ['utc', 'browser']);
  const keys = kept(storage, 'single-keys', 'on', ['on', 'off']);
  const singleKeys = ref(keys.value === 'on');
  watch(singleKeys, (isOn) => (keys.value = isOn ? 'on' : 'off'));

  const light = window.matchMedia('(prefers-color-scheme: light)');
  const shown = ref<'dark' | 'light'>('dark');
  const show = () => {
    const ofSystem = light.matches ? 'light' : 'dark';
    shown.value = theme.value === 'system' ? ofSystem : theme.value;
    root.dataset.theme = shown.value;
  };
  light.addEventListener('change', show);
  // Before anything is drawn again: what draws in colours looks them up.
  watch(theme, show, { immediate: true, flush: 'sync' });
  return { theme, shown, zone, singleKeys };
}

function kept<Value extends string>(
  storage: Storage,
  name: string,
  otherwise: Value,
  allowed: readonly Value[],
): Ref<Value> {
  const found = allowed.find((value) => value === storage.getItem(name));
  const value = ref(found ?? otherwise) as Ref<Value>;
  watch(value, (now) => storage.setItem(name, now));
  return value;
}
