import type { Schemas } from '../api/client';
import { Rings } from './series';

/// Name of the column of all values that have none of their own.
export const others = '';

/// The seconds that a course keeps one by one, for what is so just now.
export const pulseSeconds = 10;

// Steps that may pass until the answer is renewed without the oldest being lost.
const stepsSpare = 8;

type Series = Schemas['Series']['series'][number];

/// One metric over time, a column per value of a dimension: what GET /series has answered, and what
/// ticks have added since. A chart that draws it does not know the difference.
export class Course {
  readonly rings: Rings;
  /** The last seconds, from the answer on. */
  readonly pulse: Rings;
  readonly from: number;
  readonly to: number;
  /** The server's time up to which the answer holds all. */
  readonly asOf: number;
  readonly notes: Schemas['Series']['notes'];

  /// `columnOf` names the column of a series; those of one are added, e.g. tokens in and out, and
  /// those of null are left out.
  constructor(answer: Schemas['Series'], columnOf: (series: Series) => string | null) {
    this.from = answer.from;
    this.to = answer.to;
    this.asOf = answer.scope.as_of;
    this.notes = answer.notes;
    const columns = answer.series.map(columnOf).filter((column) => column !== null);
    const steps = Math.max(1, Math.ceil((answer.to - answer.from) / answer.step_ms)) + stepsSpare;
    this.rings = new Rings(answer.step_ms, steps, columns);
    this.pulse = new Rings(1000, pulseSeconds + 1, this.rings.names);
    this.rings.advance(answer.to);
    for (const series of answer.series) {
      const column = columnOf(series);
      if (column === null) continue;
      series.v.forEach((value, i) => {
        if (value === null) return;
        this.rings.add(column, answer.from + i * answer.step_ms, Number(value));
      });
    }
  }

  /// Columns with a name, in the answer's order: largest first.
  get names(): string[] {
    return this.rings.names.filter((name) => name !== others);
  }

  /// Adds what happened until `t`. What has no column of its own is one of the others.
  add(t: number, values: ReadonlyMap<string, number>, total: number): void {
    for (const rings of [this.rings, this.pulse]) {
      rings.open(others);
      rings.advance(t, 0);
      let left = total;
      for (const name of this.names) {
        const value = values.get(name) ?? 0;
        rings.add(name, t, value);
        left -= value;
      }
      rings.add(others, t, Math.max(0, left));
    }
  }

  /// Puts what is so at `t` into its step.
  set(t: number, values: ReadonlyMap<string, number>): void {
    this.rings.advance(t);
    for (const [name, value] of values) {
      if (!Number.isNaN(value)) this.rings.set(name, t, value);
    }
  }

  /// Amount per second just now: of the last seconds, or of the last whole step before there were
  /// any.
  rate(column: string, now: number): number {
    const seconds = Math.floor((this.pulse.newest - this.asOf) / 1000);
    if (seconds >= 3) return this.pulse.perSecond(column, Math.min(pulseSeconds, seconds), now);
    return this.rings.last(column, 2)[0]! / (this.rings.stepMs / 1000);
  }

  /// Sum of all that a column knows.
  sum(column: string): number {
    return this.rings.recent(column, this.rings.steps);
  }
}

/// Where the values of steps are drawn: at their ends, the last one at `now`.
export function drawnAt(rings: Rings, now: number): Float64Array {
  return rings.times().map((t) => Math.min(t + rings.stepMs, now));
}

/// Sums per step as amounts per second. Of the step that still runs only a part is known: it is
/// completed by as much of the step before, so that the line does not fall at every new step.
export function perSecond(rings: Rings, column: string, now: number): Float64Array {
  const sums = rings.last(column);
  const last = sums.length - 1;
  const passed = Math.min(1, Math.max(0, (now - rings.newest) / rings.stepMs));
  const before = sums[last - 1] ?? NaN;
  if (!Number.isNaN(sums[last]!) && !Number.isNaN(before)) sums[last]! += before * (1 - passed);
  return sums.map((sum) => sum / (rings.stepMs / 1000));
}
