import type { Schemas } from '../api/client';
import { byName } from './names';

export type Window = Schemas['Window'];
type Share = Window['shares'][number];

/// Where permits of a quota lie. All parts together are its limit and what is owed.
export type PartKind =
  | 'used' // by a node: in flight, or not yet out of the window
  | 'idle' // at a node, usable there at once
  | 'pool' // at the broker, for whoever wants it
  | 'in_transit' // given by one node, and not yet another's
  | 'recovering' // of a node that lost its book: it cools, whatever it was
  | 'unreachable' // last known at a node that is not heard
  | 'external'; // used by somebody else with the same account

export interface Part {
  kind: PartKind;
  /** Whose it is; null: nobody's. */
  node: string | null;
  amount: number;
}

/// A node's share as people think of it: what it used of what it may use.
export interface NodeShare {
  node: string;
  state: Share['state'];
  used: number;
  idle: number;
  until: number | null;
}

const isHeard = (share: Pick<Share, 'state'>) =>
  share.state === 'active' || share.state === 'leaving';

/// What each node has used and may use at once. `hold` is more than that where the pool lies, and
/// where somebody else's use is set aside: at the broker, or else at who holds most.
export function sharesOf(window: Window, broker: string | null): NodeShare[] {
  const shares = window.shares.map((share) => ({
    node: share.node,
    state: share.state,
    used: isHeard(share) ? share.used : Math.max(0, share.hold),
    idle: isHeard(share) ? Math.max(0, share.hold - share.used) : 0,
    until: share.until,
  }));
  const heard = shares.filter(isHeard);
  const order = [...heard].sort(
    (a, b) => Number(b.node === broker) - Number(a.node === broker) || b.idle - a.idle,
  );
  let excess = heard.reduce((sum, share) => sum + share.idle, 0) - window.idle;
  for (const share of order) {
    const taken = Math.min(excess, share.idle);
    share.idle -= taken;
    excess -= taken;
  }
  return shares.sort((a, b) => byName(a.node, b.node));
}

/// The parts of a window in the order in which its bar shows them; none is empty.
export function partsOf(window: Window, shares: readonly NodeShare[]): Part[] {
  const of = (state: Share['state'], kind: PartKind): Part[] =>
    shares
      .filter((share) => share.state === state)
      .map(({ node, used }) => ({ kind, node, amount: used }));
  const heard = shares.filter(isHeard).flatMap(({ node, used, idle }): Part[] => [
    { kind: 'used', node, amount: used },
    { kind: 'idle', node, amount: idle },
  ]);
  const parts: Part[] = [
    ...heard,
    ...of('recovering', 'recovering'),
    ...of('unreachable', 'unreachable'),
    { kind: 'external', node: null, amount: window.external },
    { kind: 'in_transit', node: null, amount: window.in_transit },
    { kind: 'pool', node: null, amount: window.pool },
  ];
  return parts.filter(({ amount }) => amount > 0);
}

/// How much of it is of one kind.
export function amountOf(parts: readonly Part[], kind: PartKind): number {
  return parts.reduce((sum, part) => sum + (part.kind === kind ? part.amount : 0), 0);
}

/// The same with the nodes as one, `node` null, that have less than `least` of all and would not be
/// seen.
export function folded(parts: readonly Part[], total: number, least: number): Part[] {
  const held = new Map<string, number>();
  for (const { node, amount } of parts)
    if (node !== null) held.set(node, (held.get(node) ?? 0) + amount);
  const isSmall = ({ kind, node }: Part) =>
    (kind === 'used' || kind === 'idle') && (held.get(node ?? '') ?? total) < total * least;
  const small = parts.filter(isSmall);
  if (new Set(small.map(({ node }) => node)).size < 2) return [...parts];
  const amount = small.reduce((sum, part) => sum + part.amount, 0);
  const rest = parts.filter((part) => !isSmall(part));
  const at = rest.findLastIndex(({ kind }) => kind === 'used' || kind === 'idle') + 1;
  return [...rest.slice(0, at), { kind: 'used', node: null, amount }, ...rest.slice(at)];
}

/// Whether two windows, or an event about one, are about the same.
export function isSameWindow(
  a: Pick<Window, 'w' | 'model' | 'pool_name'>,
  b: Pick<Window, 'w' | 'model' | 'pool_name'>,
): boolean {
  return a.w === b.w && a.model === b.model && a.pool_name === b.pool_name;
}

/// The window as the event `share` has it. What the event leaves out follows from what it says.
export function withShares(window: Window, event: Schemas['ShareEvent']): Window {
  const states = new Map(window.shares.map((share) => [share.node, share.state]));
  const shares = event.shares.map(([node, hold, used, until]): Share => {
    const known = states.get(String(node));
    const state = known === undefined || known === 'recovering' ? 'active' : known;
    return {
      node: String(node),
      hold: Number(hold),
      used: Number(used),
      until: until === null || until === undefined ? null : Number(until),
      state: until === null || until === undefined ? state : 'recovering',
    };
  });
  const sum = (value: (share: Share) => number, isOf: (share: Share) => boolean) =>
    shares.filter(isOf).reduce((all, share) => all + value(share), 0);
  const isHere = (share: Share) => share.state !== 'unreachable';
  const held = sum((share) => share.hold, isHere);
  const used = sum((share) => share.used, isHere);
  const unreachable = sum(
    (share) => Math.max(0, share.hold),
    (share) => !isHere(share),
  );
  const { limit, external, owed } = window;
  return {
    ...window,
    shares,
    used,
    unreachable,
    pool: event.pool,
    idle: Math.max(0, held - used - external - event.pool + owed),
    recovering: sum(
      (share) => share.used,
      (share) => share.state === 'recovering',
    ),
    in_transit: limit === null || shares.length < 2 ? 0 : Math.max(0, limit - held - unreachable),
  };
}

/// Whose window it is: the provider's (''), a model's, a pool's.
export function ownerOf({ model, pool_name }: Pick<Window, 'model' | 'pool_name'>): string {
  if (model !== null) return model;
  return pool_name === null ? '' : `pool ${pool_name}`;
}

const abouts: Readonly<Record<string, string>> = {
  rpm: 'requests per minute',
  tpm: 'tokens per minute',
  rpd: 'requests per day',
  tpd: 'tokens per day',
  concurrency: 'requests at once',
};

/// What the short name of a window stands for; '' where it says it itself, as `tokens/1h` does.
export const windowWords = (name: string): string => abouts[name] ?? '';
