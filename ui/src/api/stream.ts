import { queryText, type Schemas } from './client';

/// What the live stream says, by the names under x-sse-events in openapi.yaml.
export interface Events {
  hello: Schemas['HelloEvent'];
  snapshot: Schemas['SnapshotEvent'];
  tick: Schemas['TickEvent'];
  health: Schemas['HealthEvent'];
  share: Schemas['ShareEvent'];
  failover: Schemas['RequestsEvent'];
  request: Schemas['RequestsEvent'];
  attention: Schemas['AttentionEvent'];
  node: Schemas['ClusterNode'];
  config: Schemas['ConfigEvent'];
  budget: Schemas['Budget'];
  beat: Schemas['BeatEvent'];
}

export const eventNames = [
  'hello',
  'snapshot',
  'tick',
  'health',
  'share',
  'failover',
  'request',
  'attention',
  'node',
  'config',
  'budget',
  'beat',
] as const satisfies readonly (keyof Events)[];

export type LinkState = 'idle' | 'connecting' | 'live' | 'down';

export interface Link {
  state: LinkState;
  /** Of this machine's clock: when the last byte came. */
  heardAt: number | null;
  /** Of this machine's clock: when the next try begins. */
  nextTryAt: number | null;
}

export interface Listener {
  event<Name extends keyof Events>(name: Name, data: Events[Name]): void;
  changed(link: Link): void;
  /** The stream was refused for good: who asks may be nobody any more. */
  refused(): void;
}

type Timer = ReturnType<typeof setTimeout>;

const silenceMs = 6000; // a beat comes every 2 s
const firstRetryMs = 1000;
const retryMsMax = 30_000;

/// One EventSource that is opened again, with jitter and growing pauses, when it fails or falls
/// silent, and goes on behind the last event it had.
export class Stream {
  private source: EventSource | null = null;
  private topics: readonly string[] = [];
  private filters: readonly string[] = [];
  private hz = 4;
  private lastId = '';
  private failures = 0;
  private silence: Timer | undefined;
  private retry: Timer | undefined;
  private link: Link = { state: 'idle', heardAt: null, nextTryAt: null };

  constructor(
    private readonly listener: Listener,
    private readonly random: () => number = Math.random,
  ) {}

  /// Opens the stream with these topics, anew only where something differs. `filters` are of the
  /// topic `request`.
  open(topics: readonly string[], hz = this.hz, filters: readonly string[] = []): void {
    const asked = JSON.stringify([topics, hz, filters]);
    const isSame = asked === JSON.stringify([this.topics, this.hz, this.filters]);
    if (isSame && this.link.state !== 'idle') return;
    this.topics = [...topics];
    this.filters = [...filters];
    this.hz = hz;
    this.connect();
  }

  close(): void {
    this.drop();
    this.lastId = '';
    this.failures = 0;
    this.say({ state: 'idle', heardAt: null, nextTryAt: null });
  }

  /// Begins with a snapshot, whatever came before.
  beginAnew(): void {
    this.lastId = '';
    if (this.link.state === 'live') this.connect();
  }

  /// Does not wait for the next try.
  retryNow(): void {
    if (this.link.state === 'down') this.connect();
  }

  private connect(): void {
    this.drop();
    const url =
      '/admin/v1/stream' +
      queryText({
        topics: this.topics.join(','),
        f: this.filters,
        hz: this.hz,
        last_event_id: this.lastId,
      });
    const source = new EventSource(url);
    this.source = source;
    for (const name of eventNames) {
      source.addEventListener(name, (event: MessageEvent<string>) => this.heard(name, event));
    }
    source.onerror = () => this.failed(source.readyState === EventSource.CLOSED);
    if (this.link.state !== 'down') this.say({ ...this.link, state: 'connecting' });
    this.watch();
  }

  private heard(name: keyof Events, event: MessageEvent<string>): void {
    if (event.lastEventId !== '') this.lastId = event.lastEventId;
    this.failures = 0;
    this.watch();
    this.say({ state: 'live', heardAt: Date.now(), nextTryAt: null });
    this.listener.event(name, JSON.parse(event.data));
  }

  // A browser tries again by itself after a cut, all its tabs at the same moment: here it doesn't.
  private failed(isRefused: boolean): void {
    this.drop();
    if (isRefused) this.listener.refused();
    if (this.link.state === 'idle') return;
    const pause = Math.min(retryMsMax, firstRetryMs * 2 ** this.failures++);
    const wait = pause * (0.5 + this.random());
    this.say({ ...this.link, state: 'down', nextTryAt: Date.now() + wait });
    this.retry = setTimeout(() => this.connect(), wait);
  }

  private watch(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.failed(false), silenceMs);
  }

  private drop(): void {
    clearTimeout(this.silence);
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  private say(link: Link): void {
    this.link = link;
    this.listener.changed(link);
  }
}
