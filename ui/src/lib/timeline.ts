import type { Schemas } from '../api/client';
import { failureWords } from './failure';
import { count, rate } from './format';
import { speedOf } from './requestRow';

export type RequestDetail = Schemas['RequestDetail'];
type Attempt = NonNullable<RequestDetail['attempts']>[number];
type Span = NonNullable<RequestDetail['spans']>[number];

/// One phase of a request, in ms since it came.
export interface Phase {
  name: string;
  t: number;
  d: number;
  ok: boolean;
  /** Token of its colour. */
  colour: string;
  detail: string;
}

export interface Stage {
  /** Empty for what belongs to no attempt. */
  title: string;
  verdict: string;
  ok: boolean;
  phases: Phase[];
}

const colours: Readonly<Record<string, string>> = {
  route: '--s9',
  connect: '--s5',
  send: '--s5',
  wait: '--s2',
  stream: '--s1',
  read: '--s1',
};
const leastShownMs = 0.005; // less would be written as 0.00

/// The phases of a request, attempt by attempt; together they are its whole time.
export function stagesOf(detail: RequestDetail): Stage[] {
  const { request, spans = [], attempts = [] } = detail;
  const stages = attempts.map((attempt): Stage => {
    const own = spans.filter((span) => span.attempt === attempt.n);
    return {
      title: `Attempt ${attempt.n}: ${attempt.provider}`,
      verdict: verdictOf(attempt, request.outcome),
      ok: attempt.error === null,
      phases: own.map((span) => phaseOf(span, attempt, detail)),
    };
  });
  const end = Math.max(0, ...spans.map(({ t_ms, d_ms }) => t_ms + d_ms));
  const rest = request.latency_ms - end;
  if (rest < leastShownMs) return stages;
  const name = attempts.length > 0 ? 'Settle and end' : 'Check and refuse';
  const last = { name, t: end, d: rest, ok: true, colour: colours.route!, detail: '' };
  return [...stages, { title: '', verdict: '', ok: true, phases: [last] }];
}

function verdictOf({ error, status }: Attempt, outcome: Schemas['Outcome']): string {
  if (error !== null) return failureWords(error.code);
  if (outcome === 'cut') return 'cut off';
  if (outcome === 'cancelled') return 'cancelled';
  return status === null ? 'answered' : `answered ${status}`;
}

function phaseOf(span: Span, attempt: Attempt, { request, policy }: RequestDetail): Phase {
  const { name, t_ms: t, d_ms: d, ok } = span;
  const phase = { name, t, d, ok, colour: ok ? (colours[name] ?? '--s9') : '--err', detail: '' };
  const failure = ok ? '' : (attempt.error?.text ?? '');
  switch (name) {
    case 'route': {
      const first = request.route ? `Plan route ${request.route}` : 'Plan the route';
      const share = shareWords(attempt.share);
      const isFirst = attempt.n === 1;
      return {
        ...phase,
        name: isFirst ? first : 'Next candidate',
        detail: share || (policy ?? ''),
      };
    }
    case 'connect':
      return { ...phase, name: 'Connect', detail: failure };
    case 'send':
      return { ...phase, name: 'Connect, send' };
    case 'wait': {
      const awaited = request.stream && !isRefusal(attempt) ? 'first token' : 'answer';
      return { ...phase, name: `Wait for ${awaited}`, detail: failure };
    }
    case 'stream':
    case 'read': {
      const speed = speedOf(request);
      const fast = ok && !Number.isNaN(speed) ? `${rate(speed)} tok/s` : '';
      const what = ok ? `${count(request.tokens_out)} tokens` : 'the answer';
      const verb = name === 'stream' && !isRefusal(attempt) ? 'Stream' : 'Read';
      return { ...phase, name: `${verb} ${what}`, detail: failure || fast };
    }
    default:
      return { ...phase, detail: span.text ?? failure };
  }
}

// What a provider says instead of an answer is no stream.
const isRefusal = ({ status }: Attempt): boolean => status !== null && status >= 400;

/// How full the provider's windows were when they admitted the call: `rpm 31 of 40`.
function shareWords(share: Attempt['share']): string {
  return Object.entries(share)
    .map(([window, [used, limit]]) => `${window} ${count(used)} of ${count(limit)}`)
    .join(', ');
}
