import { shallowRef } from 'vue';

import type { Schemas } from '../api/client';
import { Rings } from '../lib/series';
import { isSameWindow, withShares } from '../lib/shares';
import type { ProviderChange } from './tick';

export type HealthState = Schemas['Health']['state'];

export const windowNames = ['rpm', 'tpm', 'rpd', 'tpd'] as const;
export type WindowName = (typeof windowNames)[number];

const minuteMs = 60_000;
const stripMinutesMax = 60;
const secondsKept = 61;

/// How full a window is; NaN where it is unlimited.
export function fillOf(window: Schemas['Window']): number {
  if (window.limit === null) return NaN;
  return window.limit === 0 ? 1 : (window.used + window.external) / window.limit;
}

/// One provider as the pages show it. What draws it reads `rev` first: the rest is plain data.
export class ProviderRow {
  readonly id: string;
  /** Its place in the document. */
  readonly order: number;
  /** Changes whenever anything here does. */
  readonly rev = shallowRef(0);
  facts: Schemas['Provider'];
  health: Schemas['Health'];
  inflight = 0;
  ttftP50 = NaN;
  ttftP95 = NaN;
  fill: number[] = [];
  costTodayN: number;
  private sharesAt = -Infinity;
  private readonly recent = new Rings(1000, secondsKept, ['attempts', 'failed']);
  private minutesOver: string;
  private minute: { number: number; attempts: number; failed: number };

  constructor(facts: Schemas['Provider'], order: number, now: number) {
    this.id = facts.id;
    this.order = order;
    this.facts = facts;
    this.health = facts.health;
    this.inflight = facts.now.inflight;
    this.ttftP50 = facts.now.ttft_ms.p50 ?? NaN;
    this.ttftP95 = facts.now.ttft_ms.p95 ?? NaN;
    this.fill = windowNames.map((name) => fillOf(this.fullest(name) ?? unlimited));
    this.costTodayN = Number(facts.cost_today_n);
    const { s, t0, step_ms } = facts.strip;
    this.minute = { number: Math.floor(now / minuteMs), attempts: 0, failed: 0 };
    // The last letter may be that of the minute that runs, which ticks will tell.
    const isRunning = Math.floor((t0 + (s.length - 1) * step_ms) / minuteMs) >= this.minute.number;
    this.minutesOver = isRunning ? s.slice(0, -1) : s;
    this.spreadLastMinute(now);
  }

  // Of the last minute only the sum is known: it is spread evenly, until ticks have replaced it.
  private spreadLastMinute(now: number): void {
    const attempts = this.facts.now.rpm;
    if (attempts === null) return;
    const failed = attempts * (this.facts.now.err_ratio ?? 0);
    this.recent.advance(now - minuteMs);
    this.recent.advance(now, 0);
    for (let second = 0; second < 60; ++second) {
      this.recent.add('attempts', now - second * 1000, attempts / 60);
      this.recent.add('failed', now - second * 1000, failed / 60);
    }
  }

  /// Lets the pages see what has changed.
  touch(): void {
    ++this.rev.value;
  }

  /// Attempts of the last minute; NaN where that is not known.
  get perMinute(): number {
    return this.recent.recent('attempts', 60);
  }

  /// Share of the last minute's attempts that failed; NaN where there was none.
  get errorRatio(): number {
    const attempts = this.perMinute;
    return attempts > 0.5 ? Math.min(1, this.recent.recent('failed', 60) / attempts) : NaN;
  }

  /// The window of that name with the least left, whoever's it is: its own, a model's, a pool's.
  fullest(name: string): Schemas['Window'] | undefined {
    let best: Schemas['Window'] | undefined;
    for (const window of this.facts.windows) {
      if (window.w !== name || window.limit === null) continue;
      if (!best || fillOf(window) > fillOf(best)) best = window;
    }
    return best;
  }

  /// A letter a minute (openapi.yaml, `strip`); the minute that runs has one once it has traffic.
  get strip(): string {
    const now = this.letter();
    return (this.minutesOver + (now === 'x' ? '' : now)).slice(-stripMinutesMax);
  }

  /// Whether the strip's last letter is that of the minute that runs.
  get isMinuteTold(): boolean {
    return this.letter() !== 'x';
  }

  // As the server makes them: ok, with some errors, mostly errors, cooldown, no traffic.
  private letter(): string {
    const { attempts, failed } = this.minute;
    if (this.health.state === 'cooldown') return 'c';
    if (attempts === 0) return 'x';
    if (failed * 2 > attempts) return 'e';
    return failed > 0 ? 'w' : 'o';
  }

  /// Opens the seconds and minutes up to `t`.
  advance(t: number): void {
    this.recent.advance(t, 0);
    for (; this.minute.number < Math.floor(t / minuteMs); ++this.minute.number) {
      this.minutesOver = (this.minutesOver + this.letter()).slice(-stripMinutesMax);
      this.minute.attempts = this.minute.failed = 0;
    }
  }

  /// Who holds how much of a window, as it is at `now`.
  applyShares(event: Schemas['ShareEvent'], now: number): void {
    const windows = this.facts.windows.map((window) =>
      isSameWindow(window, event) ? withShares(window, event) : window,
    );
    this.facts = { ...this.facts, windows };
    this.sharesAt = now;
  }

  /// Its windows as an answer has them, unless something newer has been heard.
  takeWindows(windows: Schemas['Window'][], asOf: number): void {
    if (asOf >= this.sharesAt) this.facts = { ...this.facts, windows };
  }

  apply(change: ProviderChange, t: number): void {
    this.recent.add('attempts', t, change.attempts);
    this.recent.add('failed', t, change.failed);
    this.minute.attempts += change.attempts;
    this.minute.failed += change.failed;
    this.inflight = change.inflight;
    this.ttftP50 = change.ttftP50;
    this.ttftP95 = change.ttftP95;
    this.costTodayN += change.costN;
    this.fill = change.fill;
  }
}

const unlimited = { limit: null } as Schemas['Window'];
