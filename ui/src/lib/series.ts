/// Columns of numbers over the same steps of time, the newest last, in rings of a fixed size.
/// A step without data holds NaN: it is drawn as a gap and counts for nothing.
export class Rings<Column extends string = string> {
  readonly stepMs: number;
  readonly steps: number;
  private readonly columns = new Map<Column, Float64Array>();
  private newestStep = -1; // number of the newest step since 1970

  constructor(stepMs: number, steps: number, columns: readonly Column[] = []) {
    this.stepMs = stepMs;
    this.steps = steps;
    for (const column of columns) this.open(column);
  }

  get names(): Column[] {
    return [...this.columns.keys()];
  }

  has(column: Column): boolean {
    return this.columns.has(column);
  }

  /// A further column; all it has been until now is not known.
  open(column: Column): void {
    if (!this.columns.has(column)) {
      this.columns.set(column, new Float64Array(this.steps).fill(NaN));
    }
  }

  /// Beginning of the newest step in ms since 1970; NaN before the first.
  get newest(): number {
    return this.newestStep < 0 ? NaN : this.newestStep * this.stepMs;
  }

  /// Opens the steps up to that of `t`, holding `fill`. Time never goes back.
  advance(t: number, fill = NaN): void {
    const step = Math.floor(t / this.stepMs);
    if (step <= this.newestStep) return;
    // Nothing is known of the time before the first.
    const begin = this.newestStep < 0 ? step : this.newestStep + 1;
    const first = Math.max(begin, step - this.steps + 1);
    for (const values of this.columns.values()) {
      for (let at = first; at <= step; ++at) values[at % this.steps] = fill;
    }
    this.newestStep = step;
  }

  /// Adds to the step of `t`; what is older than the ring is dropped.
  add(column: Column, t: number, value: number): void {
    const at = this.index(t);
    const values = this.columns.get(column);
    if (at < 0 || !values) return;
    const was = values[at]!;
    values[at] = Number.isNaN(was) ? value : was + value;
  }

  /// Puts a value into the step of `t`.
  set(column: Column, t: number, value: number): void {
    const at = this.index(t);
    const values = this.columns.get(column);
    if (at >= 0 && values) values[at] = value;
  }

  at(column: Column, t: number): number {
    const at = this.index(t);
    return at < 0 ? NaN : (this.columns.get(column)?.[at] ?? NaN);
  }

  /// Sum of the last `steps` steps, the newest included; NaN where none of them is known.
  recent(column: Column, steps: number): number {
    const values = this.columns.get(column);
    if (!values || this.newestStep < 0) return NaN;
    let sum = NaN;
    for (let back = 0; back < Math.min(steps, this.steps); ++back) {
      const value = values[modulo(this.newestStep - back, this.steps)]!;
      if (!Number.isNaN(value)) sum = Number.isNaN(sum) ? value : sum + value;
    }
    return sum;
  }

  /// Amount per second over the last `steps` whole steps and the part of the next that has passed.
  perSecond(column: Column, steps: number, now: number): number {
    const part = Math.min(1, Math.max(0, (now - this.newest) / this.stepMs));
    return (this.recent(column, steps + 1) / (steps + part)) * (1000 / this.stepMs);
  }

  /// The newest known value among the last `steps`.
  latest(column: Column, steps: number): number {
    const values = this.last(column, steps);
    for (let i = values.length - 1; i >= 0; --i) if (!Number.isNaN(values[i]!)) return values[i]!;
    return NaN;
  }

  /// The last `steps` values of a column, oldest first.
  last(column: Column, steps = this.steps): Float64Array {
    const wanted = Math.min(steps, this.steps);
    const out = new Float64Array(wanted).fill(NaN);
    const values = this.columns.get(column);
    if (!values || this.newestStep < 0) return out;
    for (let i = 0; i < wanted; ++i) {
      out[i] = values[modulo(this.newestStep - wanted + 1 + i, this.steps)]!;
    }
    return out;
  }

  /// Beginnings of the last `steps` steps in ms, oldest first.
  times(steps = this.steps): Float64Array {
    const wanted = Math.min(steps, this.steps);
    const first = this.newestStep - wanted + 1;
    return Float64Array.from({ length: wanted }, (_, i) => (first + i) * this.stepMs);
  }

  private index(t: number): number {
    const step = Math.floor(t / this.stepMs);
    const isKept = step <= this.newestStep && step > this.newestStep - this.steps && step >= 0;
    return isKept ? step % this.steps : -1;
  }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/// Fewer points of the same course: each is the mean of what is known of its part.
export function resample(values: ArrayLike<number>, points: number): Float64Array {
  const out = new Float64Array(Math.min(points, values.length));
  for (let i = 0; i < out.length; ++i) {
    const first = Math.floor((i * values.length) / out.length);
    const end = Math.floor(((i + 1) * values.length) / out.length);
    let sum = 0;
    let known = 0;
    for (let at = first; at < end; ++at) {
      if (Number.isNaN(values[at]!)) continue;
      sum += values[at]!;
      ++known;
    }
    out[i] = known > 0 ? sum / known : NaN;
  }
  return out;
}

/// Each column on top of those before it, as a stacked chart draws them. A step that no column
/// knows stays a gap; where only some know it, the others count for nothing.
export function stacked(columns: readonly Float64Array[]): Float64Array[] {
  const length = columns[0]?.length ?? 0;
  const below = new Float64Array(length);
  const gap = Array.from({ length }, (_, i) => columns.every((one) => Number.isNaN(one[i]!)));
  return columns.map((column) => {
    const top = new Float64Array(length);
    for (let i = 0; i < length; ++i) {
      const value = column[i]!;
      if (!Number.isNaN(value)) below[i]! += value;
      top[i] = gap[i] ? NaN : below[i]!;
    }
    return top;
  });
}

/// Smallest and largest known value.
export function extent(values: ArrayLike<number>): { min: number; max: number } {
  let min = NaN;
  let max = NaN;
  for (let i = 0; i < values.length; ++i) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    if (!(value >= min)) min = value;
    if (!(value <= max)) max = value;
  }
  return { min, max };
}
