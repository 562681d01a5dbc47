import type { Schemas } from '../api/client';
import type { Status } from '../components/icons';
import { money, unknown } from './format';

export type RequestRow = Schemas['RequestRow'];

interface Result {
  status: Status;
  tone: string;
  /** For those who don't see the shape. */
  word: string;
}

/// How requests end: a failover that was answered never looks like a first try.
const results: Readonly<Record<Schemas['Outcome'], Result>> = {
  first_try: { status: 'ok', tone: 'ok', word: 'Answered at the first try' },
  failover: { status: 'degraded', tone: 'warn', word: 'Answered after a failover' },
  failed: { status: 'down', tone: 'err', word: 'Failed' },
  cut: { status: 'stale', tone: 'warn', word: 'Cut off' },
  cancelled: { status: 'disabled', tone: 'idle', word: 'Cancelled by the caller' },
  refused: { status: 'drained', tone: 'idle', word: 'Refused by the gateway' },
};

export const resultOf = (row: Pick<RequestRow, 'outcome'>): Result => results[row.outcome];

/// What stands beside the shape: the status, unless it says less than the end of it.
export const resultText = ({ outcome, status }: RequestRow): string =>
  outcome === 'cut' ? outcome : String(status);

export const isAnswered = ({ outcome }: RequestRow): boolean =>
  outcome === 'first_try' || outcome === 'failover';

/// When it ended, by which the log and its ranges go.
export const endedAt = (row: RequestRow): number => row.t + row.latency_ms;

/// An answer that costs nothing is free; of none there was nothing to pay.
export const costText = ({ cost_n, tokens_out }: RequestRow): string =>
  money(cost_n, tokens_out > 0 ? 'free' : '$0');

/// Tokens a second while the answer was streamed; NaN where that is not known.
export function speedOf({ stream, tokens_out, ttft_ms, latency_ms }: RequestRow): number {
  if (!stream || ttft_ms === null || tokens_out === 0 || latency_ms <= ttft_ms) return NaN;
  return tokens_out / ((latency_ms - ttft_ms) / 1000);
}

/// Who was asked first, where somebody else answered.
export function triedFirst({ first_provider, provider }: RequestRow): string | null {
  return first_provider !== null && first_provider !== provider ? first_provider : null;
}

/// The way it went: `groq failed over to cerebras`.
export function wayText(row: RequestRow): string {
  const first = triedFirst(row);
  return (first === null ? '' : `${first} failed over to `) + (row.provider ?? 'nobody');
}

/// Whether the log's search for that text finds the row.
export function hasText(row: RequestRow, text: string): boolean {
  const wanted = text.toLowerCase();
  const searched = [row.id, row.request_id ?? '', row.asked_model];
  return searched.some((one) => one.toLowerCase().includes(wanted));
}

/// The rows of both, newest first and each once. Both are in that order already.
export function mergeNewest(a: readonly RequestRow[], b: readonly RequestRow[]): RequestRow[] {
  const merged: RequestRow[] = [];
  const seen = new Set<string>();
  const take = (row: RequestRow) => {
    if (!seen.has(row.id)) merged.push(row);
    seen.add(row.id);
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const isFirst = j >= b.length || (i < a.length && endedAt(a[i]!) >= endedAt(b[j]!));
    take(isFirst ? a[i++]! : b[j++]!);
  }
  return merged;
}

export const known = (text: string | null | undefined): string => text || unknown;
