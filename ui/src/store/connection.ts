import { Stream } from '../api/stream';
import type { Live } from './live';

const topicsOfAll = ['tick', 'attention', 'failover'];
const slowAfterMs = 10_000; // a tab hidden so long gets one tick a second,
const closedAfterMs = 60_000; // and then gives its connection back

/// Which stream is open: its topics are those of all pages on the screen, its rate that of a tab
/// that is looked at.
export class Connection {
  private readonly stream: Stream;
  private readonly wanted = new Map<string, number>();
  private filters: readonly string[] = [];
  private isOpen = false;
  private hz = 4;
  private timers: ReturnType<typeof setTimeout>[] = [];

  constructor(live: Live) {
    this.stream = new Stream(live);
  }

  open(): void {
    this.isOpen = true;
    this.hz = 4;
    this.apply();
  }

  close(): void {
    this.isOpen = false;
    this.forgetTimers();
    this.stream.close();
  }

  /// Begins with a snapshot, whatever came before.
  beginAnew(): void {
    this.stream.beginAnew();
  }

  /// Does not wait for the next try.
  retryNow(): void {
    this.stream.retryNow();
  }

  /// Asks for topics beyond those of all pages; what is returned ends that.
  want(topics: readonly string[]): () => void {
    this.count(topics, 1);
    return () => this.count(topics, -1);
  }

  /// Asks for requests as they end, those that all `filters` let through; what is returned ends
  /// that.
  wantRequests(filters: readonly string[]): () => void {
    this.filters = filters;
    return this.want(['request']);
  }

  tabHidden(isHidden: boolean): void {
    this.forgetTimers();
    if (!this.isOpen) return;
    this.hz = 4;
    if (!isHidden) return this.apply();
    const slow = setTimeout(() => {
      this.hz = 1;
      this.apply();
    }, slowAfterMs);
    this.timers = [slow, setTimeout(() => this.stream.close(), closedAfterMs)];
  }

  private count(topics: readonly string[], by: 1 | -1): void {
    for (const topic of topics) {
      const left = (this.wanted.get(topic) ?? 0) + by;
      if (left > 0) this.wanted.set(topic, left);
      else this.wanted.delete(topic);
    }
    if (topics.length > 0) this.apply();
  }

  private apply(): void {
    if (!this.isOpen) return;
    const filters = this.wanted.has('request') ? this.filters : [];
    this.stream.open([...topicsOfAll, ...this.wanted.keys()], this.hz, filters);
  }

  private forgetTimers(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
  }
}
