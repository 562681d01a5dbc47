import { shallowRef } from 'vue';

import type { Schemas } from '../api/client';
import { pulseSeconds } from '../lib/course';
import { Rings } from '../lib/series';
import type { NodeChange } from './tick';

/// One node as the pages show it. What draws it reads `rev` first: the rest is plain data.
export class NodeRow {
  readonly id: string;
  /** Changes whenever anything here does. */
  readonly rev = shallowRef(0);
  facts: Schemas['ClusterNode'];
  inflight: number;
  ttftP50: number;
  cpu: number;
  rss: number;
  private readonly recent = new Rings(1000, pulseSeconds + 1, ['requests']);

  constructor(facts: Schemas['ClusterNode'], now: number) {
    this.id = facts.id;
    this.facts = facts;
    this.inflight = facts.inflight;
    this.ttftP50 = facts.ttft_ms.p50 ?? NaN;
    this.cpu = facts.cpu;
    this.rss = facts.rss;
    // Only the mean is known: it is spread evenly, until ticks have replaced it.
    this.recent.advance(now - pulseSeconds * 1000);
    this.recent.advance(now, 0);
    for (let back = 0; back <= pulseSeconds; ++back) {
      this.recent.set('requests', now - back * 1000, facts.rps);
    }
  }

  /// Whether what is shown of it is of this moment.
  get isHeard(): boolean {
    return this.facts.state === 'ok' || this.facts.state === 'draining';
  }

  /// Requests a second over the last ten; NaN where it is not heard.
  perSecond(now: number): number {
    return this.isHeard ? this.recent.perSecond('requests', pulseSeconds, now) : NaN;
  }

  touch(): void {
    ++this.rev.value;
  }

  advance(t: number): void {
    this.recent.advance(t, 0);
  }

  apply(change: NodeChange, t: number): void {
    this.recent.add('requests', t, change.requests);
    this.inflight = change.inflight;
    this.ttftP50 = change.ttft;
    this.cpu = change.cpu;
    this.rss = change.rss;
  }
}
