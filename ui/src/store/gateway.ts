import { inject, onScopeDispose, type InjectionKey } from 'vue';

import type { Client } from '../api/client';
import type { Frames } from '../lib/frames';
import type { Palette } from '../lib/palette';
import type { Connection } from './connection';
import type { Live } from './live';
import type { Preferences } from './preferences';
import type { Session } from './session';
import type { Slots } from './slots';

/// What the whole page shares; made in main.ts.
export interface Gateway {
  client: Client;
  session: Session;
  live: Live;
  connection: Connection;
  preferences: Preferences;
  frames: Frames;
  palette: Palette;
  slots: Slots;
}

export const gatewayKey: InjectionKey<Gateway> = Symbol('gateway');

export function useGateway(): Gateway {
  const gateway = inject(gatewayKey);
  if (!gateway) throw new Error('used outside of the app');
  return gateway;
}

/// Live topics that the page needs beyond ticks, e.g. `share:groq`, as long as it is on the screen.
export function useTopics(...topics: string[]): void {
  onScopeDispose(useGateway().connection.want(topics));
}
