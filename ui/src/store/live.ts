import { ref, shallowRef } from 'vue';

import type { Schemas } from '../api/client';
import type { Events, Link, Listener } from '../api/stream';
import { Rings } from '../lib/series';
import { NodeRow } from './nodeRow';
import { ProviderRow } from './providerRow';
import { Names, readTick, type Tick } from './tick';

export const countColumns = [
  'requests',
  'errors',
  'failovers',
  'tokensIn',
  'tokensOut',
  'costN',
] as const;
export const speedColumns = ['p50', 'p95', 'p99'] as const;

const totalsSecondsKept = 900; // as many as a snapshot holds
const failoversKept = 50;

/// All that the stream tells, decoded once for all pages. Pages read plain data and are woken by
/// the counters: `rev` after each event, `second` each second of the clock.
export class Live implements Listener {
  readonly link = shallowRef<Link>({ state: 'idle', heardAt: null, nextTryAt: null });
  readonly rev = ref(0);
  readonly second = ref(0);
  /** Counts the snapshots: what was read before one may lack what happened in between. */
  readonly snapshots = ref(0);
  readonly isPaused = ref(false);
  readonly hello = shallowRef<Schemas['HelloEvent'] | null>(null);
  readonly attention = shallowRef<Schemas['Attention'][]>([]);
  readonly failovers = shallowRef<Schemas['RequestRow'][]>([]);
  readonly configVersion = ref<number | null>(null);
  /** Providers in the document's order. The rows change without this: each has its own `rev`. */
  readonly providers = shallowRef<ReadonlyMap<string, ProviderRow>>(new Map());
  readonly nodes = shallowRef<ReadonlyMap<string, NodeRow>>(new Map());
  /** Of the whole, a second at a time: what ended, and how fast it began to answer. */
  counts = new Rings<(typeof countColumns)[number]>(1000, totalsSecondsKept, countColumns);
  speeds = new Rings<(typeof speedColumns)[number]>(1000, totalsSecondsKept, speedColumns);
  /** Told of every tick as it comes, paused or not. */
  readonly sinks = new Set<(tick: Tick) => void>();
  /** Told of requests that ended, where somebody asked for the topic. */
  readonly requestSinks = new Set<(event: Schemas['RequestsEvent']) => void>();
  /** The server's clock minus this machine's, in ms. */
  clockOffset = 0;
  /** The server's time of the newest data; NaN before the first. */
  dataAt = NaN;
  /** Called where another version is in force: its providers and limits are in a snapshot only. */
  onVersion: () => void = () => undefined;
  /** Called where the stream is refused: the session may be over. */
  onRefused: () => void = () => undefined;

  private readonly names = new Names();

  constructor(private readonly clock: () => number = Date.now) {}

  /// The server's clock.
  now(): number {
    return this.clock() + this.clockOffset;
  }

  /// Pages stand still while data goes on to be gathered.
  pause(isPaused: boolean): void {
    this.isPaused.value = isPaused;
    if (isPaused) return;
    this.wake();
    ++this.second.value;
    for (const row of this.providers.value.values()) row.touch();
    for (const row of this.nodes.value.values()) row.touch();
  }

  /// What moves with the clock alone; called once a second.
  passSecond(): void {
    if (this.link.value.state === 'live') this.advance(this.now());
    if (!this.isPaused.value) ++this.second.value;
  }

  changed(link: Link): void {
    this.link.value = link;
  }

  refused(): void {
    this.onRefused();
  }

  event<Name extends keyof Events>(name: Name, data: Events[Name]): void {
    this.handlers[name]?.(data);
    this.wake();
  }

  private readonly handlers: { [Name in keyof Events]?: (data: Events[Name]) => void } = {
    hello: (hello) => {
      this.clockOffset = hello.now - this.clock();
      this.hello.value = hello;
      this.configVersion.value = hello.config_version;
    },
    snapshot: (snapshot) => this.replace(snapshot),
    tick: (event) => this.apply(readTick(event, this.names)),
    health: (event) => {
      const row = this.providers.value.get(event.provider);
      if (!row) return;
      const { state, reason, until } = event;
      row.health = { state, reason, until, since: this.now() };
      if (!this.isPaused.value) row.touch();
    },
    share: (event) => {
      const row = this.providers.value.get(event.provider);
      row?.applyShares(event, this.now());
      if (!this.isPaused.value) row?.touch();
    },
    attention: (event) => {
      this.attention.value = event.items;
    },
    failover: (event) => {
      const newest = [...event.items].reverse();
      this.failovers.value = [...newest, ...this.failovers.value].slice(0, failoversKept);
    },
    request: (event) => {
      for (const sink of this.requestSinks) sink(event);
    },
    node: (node) => {
      const row = this.nodes.value.get(node.id);
      if (row) row.facts = node;
      else this.nodes.value = new Map(this.nodes.value).set(node.id, new NodeRow(node, this.now()));
      if (!this.isPaused.value) row?.touch();
    },
    config: (event) => {
      this.configVersion.value = event.version;
      this.onVersion();
    },
    beat: (beat) => {
      this.dataAt = beat.now;
      this.advance(beat.now);
    },
  };

  private replace(snapshot: Schemas['SnapshotEvent']): void {
    this.names.forget();
    this.names.learn(snapshot.ids);
    this.dataAt = snapshot.t;
    const rows = snapshot.providers.map((facts, i) => new ProviderRow(facts, i, snapshot.t));
    this.providers.value = new Map(rows.map((row) => [row.id, row]));
    this.nodes.value = new Map(
      snapshot.nodes.map((node) => [node.id, new NodeRow(node, snapshot.t)]),
    );
    this.readTotals(snapshot.totals);
    this.attention.value = snapshot.attention;
    this.configVersion.value = snapshot.config_version;
    ++this.snapshots.value;
  }

  private readTotals({ t0, step_ms, v, ttft }: Schemas['SnapshotEvent']['totals']): void {
    this.counts = new Rings(step_ms, totalsSecondsKept, countColumns);
    this.speeds = new Rings(step_ms, totalsSecondsKept, speedColumns);
    v.forEach((row, i) => {
      const t = t0 + i * step_ms;
      this.counts.advance(t);
      countColumns.forEach((column, at) => this.counts.set(column, t, row?.[at] ?? NaN));
    });
    ttft.forEach((row, i) => {
      const t = t0 + i * step_ms;
      this.speeds.advance(t);
      speedColumns.forEach((column, at) => this.speeds.set(column, t, row?.[at] ?? NaN));
    });
  }

  private apply(tick: Tick): void {
    this.dataAt = tick.t;
    this.advance(tick.t);
    const { totals, ttft } = tick;
    for (const column of countColumns) this.counts.add(column, tick.t, totals[column]);
    for (const column of speedColumns) {
      if (!Number.isNaN(ttft[column])) this.speeds.set(column, tick.t, ttft[column]);
    }
    for (const [id, change] of tick.providers) {
      const row = this.providers.value.get(id);
      row?.apply(change, tick.t);
      if (!this.isPaused.value) row?.touch();
    }
    for (const [id, change] of tick.nodes) {
      const row = this.nodes.value.get(id);
      row?.apply(change, tick.t);
      if (!this.isPaused.value) row?.touch();
    }
    for (const sink of this.sinks) sink(tick);
  }

  // While the stream is alive, a second that nothing is said of is one in which nothing happened.
  private advance(t: number): void {
    this.counts.advance(t, 0);
    this.speeds.advance(t);
    for (const row of this.providers.value.values()) row.advance(t);
    for (const row of this.nodes.value.values()) row.advance(t);
  }

  private wake(): void {
    if (!this.isPaused.value) ++this.rev.value;
  }
}
