import type { Schemas } from '../api/client';
import { count, duration, money } from './format';
import type { RequestDetail } from './timeline';

export type Candidate = Schemas['Candidate'];

interface Verdict {
  word: string;
  tone: string;
}

const verdicts: Readonly<Record<Candidate['verdict'], Verdict>> = {
  chosen: { word: 'Chosen', tone: 'ok' },
  tried_failed: { word: 'Failed', tone: 'err' },
  skipped: { word: 'Skipped', tone: 'warn' },
  eligible: { word: 'Not needed', tone: 'soft' },
  filtered: { word: 'Filtered', tone: 'faint' },
};

export const verdictOf = ({ verdict }: Candidate): Verdict => verdicts[verdict];

/// How much of a limit was left: `rpm 0 of 100 left`.
export function leftWords(check: Candidate['checks'][string] | undefined): string {
  if (!check?.window) return '';
  if (check.left_n !== undefined) return `${money(check.left_n)} of ${money(check.limit_n)} left`;
  if (check.left === undefined) return check.window;
  return `${check.window} ${count(check.left)} of ${count(check.limit)} left`;
}

/// Why it is where it is, one sentence. The server says what passed a candidate over; for the
/// others it follows from the order.
export function reasonOf(candidate: Candidate, detail: RequestDetail): string {
  if (candidate.verdict === 'tried_failed') {
    const { provider, model } = candidate;
    const failed = (detail.attempts ?? []).find(
      (one) => one.error !== null && one.provider === provider && one.model === model,
    );
    return failed?.error?.text ?? 'it failed';
  }
  if (candidate.reason) return readable(candidate.reason.text);
  const isFirst = candidate.rank === 1;
  if (candidate.verdict === 'chosen') {
    return isFirst ? 'first in the order of the policy' : 'the next in order that could take it';
  }
  const hasChosen = (detail.candidates ?? []).some(({ verdict }) => verdict === 'chosen');
  return hasChosen ? 'comes later in the order' : 'was not asked';
}

// As long as nobody reads times of minutes in milliseconds.
const readable = (text: string): string =>
  text.replace(/\b(\d{4,}) ms\b/g, (_, ms) => duration(Number(ms)));

/// `5 more: 1 not needed, 4 filtered`.
export function restWords(rest: readonly Candidate[], cut: number): string {
  const counted = new Map<string, number>();
  for (const one of rest) {
    const word = verdictOf(one).word.toLowerCase();
    counted.set(word, (counted.get(word) ?? 0) + 1);
  }
  const said = [...counted].map(([word, number]) => `${number} ${word}`);
  if (cut > 0) said.push(`${cut} not kept`);
  return said.length > 0 ? `${rest.length + cut} more: ${said.join(', ')}` : '';
}
