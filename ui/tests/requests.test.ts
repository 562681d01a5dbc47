import { describe, expect, test } from 'vitest';

import type { Schemas } from '../src/api/client';
import { leftWords, reasonOf, restWords, type Candidate } from '../src/lib/candidate';
import { csvOf } from '../src/lib/csv';
import { conditionWords, fields, readTyped, suggestionsFor } from '../src/lib/requestFilter';
import {
  costText,
  hasText,
  mergeNewest,
  resultOf,
  speedOf,
  triedFirst,
  wayText,
  type RequestRow,
} from '../src/lib/requestRow';
import { scopeWords } from '../src/lib/scope';
import { stagesOf, type RequestDetail } from '../src/lib/timeline';
import { requestJumps } from '../src/shell/jumps';
import { askedFor, filtersIn, isLiveQuery, requestQueryOf } from '../src/store/requestQuery';

const rowOf = (more: Partial<RequestRow> = {}): RequestRow => ({
  id: 'req_a',
  request_id: 'req_a',
  t: 1_000_000,
  node: 'node-1',
  key: 'web-app',
  team: null,
  route: 'chat',
  asked_model: 'chat',
  model: 'llama-3.3-70b',
  provider: 'cerebras',
  status: 200,
  outcome: 'first_try',
  attempts: 1,
  first_provider: 'cerebras',
  first_error: null,
  error_code: null,
  stream: true,
  tokens_in: 1842,
  tokens_cached: 0,
  tokens_out: 412,
  tokens_reasoning: 0,
  ttft_ms: 143,
  latency_ms: 1376,
  cost_n: '0',
  list_cost_n: '2060000',
  ...more,
});

test.each([
  ['node:ne:gw-hel-2', 'node', 'not gw-hel-2'],
  ['tokens_in:gt:100', 'tokens in', 'over 100'],
  ['provider:in:groq,cerebras', 'provider', 'groq or cerebras'],
  ['status:eq:first_try', 'status', 'first try'],
  ['latency_ms:ge:2000', 'latency', 'at least 2.00\u00a0s'],
  ['cost_n:le:10000000', 'cost', 'at most $0.0100'],
  ['stream:eq:true', 'streamed', 'yes'],
  ['team:eq:', 'team', 'none'],
  ['model:eq:a:b', 'model', 'a:b'],
  ['nonsense', '', 'nonsense'],
  ['colour:eq:red', '', 'colour:eq:red'],
])('the condition %s is said as %s, %s', (condition, field, rest) =>
  expect(conditionWords(condition)).toEqual({ field, rest }),
);

test.each([
  ['status = failed', 'status:eq:failed'],
  ['status: First try', 'status:eq:first_try'],
  ['status >= 500', 'status:ge:500'],
  ['provider=groq, cerebras', 'provider:in:groq,cerebras'],
  ['node != gw-hel-2', 'node:ne:gw-hel-2'],
  ['tokens in > 1.5k', 'tokens_in:gt:1500'],
  ['tokens_out<=2,000', 'tokens_out:le:2000'],
  ['Latency > 2 s', 'latency_ms:gt:2000'],
  ['first token<800ms', 'ttft_ms:lt:800'],
  ['cost > $0.01', 'cost_n:gt:10000000'],
  ['streamed = no', 'stream:eq:false'],
  ['team = none', 'team:eq:'],
])('%s becomes %s', (typed, condition) => expect(readTyped(typed)).toEqual({ condition }));

test.each([
  'latency > soon',
  'cost = much',
  'status = fine',
  'status > failed',
  'key > web',
  'node =',
])('%s is no condition, and why is said', (typed) =>
  expect(readTyped(typed)).toHaveProperty('problem'),
);

test('what has no field before a sign is a text to search for', () => {
  expect(readTyped(' req_01k9 ')).toEqual({ text: 'req_01k9' });
  expect(readTyped('colour = red')).toEqual({ text: 'colour = red' });
});

test('every field can be chosen, then typed in full and read back', () => {
  const all = suggestionsFor('', {});
  expect(all).toHaveLength(Object.keys(fields).length);
  for (const { then } of all) {
    const typed = 'typed' in then ? then.typed : '';
    const { kind } = Object.values(fields).find(({ word }) => typed.startsWith(word))!;
    const value = { status: 'failed', flag: 'yes', text: 'a' }[kind as string] ?? '5';
    expect(readTyped(typed + value)).toHaveProperty('condition');
  }
});

test('values that are known are suggested', () => {
  const known = { provider: ['groq', 'local-groq', 'cohere'] };
  const of = (typed: string) => suggestionsFor(typed, known).map(({ then }) => then);
  expect(of('provider = GR')).toEqual([
    { condition: 'provider:eq:groq' },
    { condition: 'provider:eq:local-groq' },
  ]);
  expect(of('status != first')).toEqual([{ condition: 'status:ne:first_try' }]);
  expect(of('latency > 1')).toEqual([]);
});

describe('a row', () => {
  test('of a failover never looks like a first try', () => {
    const failover = rowOf({ outcome: 'failover', first_provider: 'groq', attempts: 2 });
    expect(resultOf(failover).status).not.toBe(resultOf(rowOf()).status);
    expect(triedFirst(failover)).toBe('groq');
    expect(wayText(failover)).toBe('groq failed over to cerebras');
    expect(triedFirst(rowOf())).toBeNull();
  });

  test('says what it cost, and nothing where that is not known', () => {
    expect(costText(rowOf())).toBe('free');
    expect(costText(rowOf({ tokens_out: 0 }))).toBe('$0');
    expect(costText(rowOf({ cost_n: '2060000' }))).toBe('$0.002060');
    expect(costText(rowOf({ cost_n: null }))).toBe('–');
  });

  test('has a speed only where tokens came one after the other', () => {
    expect(speedOf(rowOf())).toBeCloseTo(334.1, 1);
    expect(speedOf(rowOf({ stream: false }))).toBeNaN();
    expect(speedOf(rowOf({ ttft_ms: null }))).toBeNaN();
    expect(speedOf(rowOf({ ttft_ms: 1376 }))).toBeNaN();
  });

  test('is found by parts of its ids and of the model asked for', () => {
    const row = rowOf({ request_id: 'caller-7' });
    for (const text of ['REQ_', 'ller-7', 'chat']) expect(hasText(row, text)).toBe(true);
    expect(hasText(row, 'cerebras')).toBe(false);
  });
});

test('rows are merged by when they ended, each once', () => {
  const at = (id: string, t: number) => rowOf({ id, t, latency_ms: 10 });
  const merged = mergeNewest(
    [at('e', 50), at('c', 30), at('a', 10)],
    [at('d', 40), at('c', 30), at('b', 20)],
  );
  expect(merged.map(({ id }) => id)).toEqual(['e', 'd', 'c', 'b', 'a']);
});

describe('the address', () => {
  test('says what is looked at', () => {
    const query = requestQueryOf({ f: ['a:eq:1', 'b:eq:2'], q: 'x', last: '24h', open: 'req_a' });
    expect(query).toEqual({ f: ['a:eq:1', 'b:eq:2'], q: 'x', sort: '-t', range: { last: '24h' } });
    expect(askedFor(query)).toEqual({ f: ['a:eq:1', 'b:eq:2'], q: 'x', last: '24h' });
    expect(requestQueryOf({ f: 'a:eq:1' }).f).toEqual(['a:eq:1']);
    expect(requestQueryOf({ sort: '-cost_n' }).sort).toBe('-cost_n');
    expect(requestQueryOf({ sort: 'colour' }).sort).toBe('-t');
  });

  test('gives a request its filters, not its neighbour', () =>
    expect(filtersIn({ f: 'a:eq:1', open: 'req_a', sort: 't' })).toEqual({
      f: 'a:eq:1',
      sort: 't',
    }));

  test('is live only up to now and newest first', () => {
    expect(isLiveQuery(requestQueryOf({}))).toBe(true);
    expect(isLiveQuery(requestQueryOf({ sort: '-cost_n' }))).toBe(false);
    expect(isLiveQuery(requestQueryOf({ from: '1', to: '2' }))).toBe(false);
  });
});

const detailOf = (more: Partial<RequestDetail> = {}): RequestDetail => ({
  scope: { nodes: ['node-1'], missing: [], as_of: 0 },
  request: {
    ...rowOf({ outcome: 'failover', attempts: 2, first_provider: 'groq', latency_ms: 1376.5 }),
    endpoint: '/v1/chat/completions',
    client: '10.4.18.22',
    http: '1.1',
    tools: 0,
    finish: 'stop',
    traceparent: null,
    bodies: 'not_stored',
  },
  overhead_ms: 0.86,
  config_version: 182,
  policy: 'the order written',
  spans: [
    { name: 'route', attempt: 1, t_ms: 0, d_ms: 0.7, ok: true },
    { name: 'send', attempt: 1, t_ms: 0.7, d_ms: 2, ok: true },
    { name: 'wait', attempt: 1, t_ms: 2.7, d_ms: 4, ok: false },
    { name: 'route', attempt: 2, t_ms: 6.7, d_ms: 0.3, ok: true },
    { name: 'send', attempt: 2, t_ms: 7, d_ms: 6, ok: true },
    { name: 'wait', attempt: 2, t_ms: 13, d_ms: 130, ok: true },
    { name: 'stream', attempt: 2, t_ms: 143, d_ms: 1233, ok: true },
  ],
  attempts: [
    {
      n: 1,
      provider: 'groq',
      model: 'llama-3.3-70b',
      status: 429,
      error: { code: 'rate_limited', text: 'slow down' },
      share: {},
    },
    {
      n: 2,
      provider: 'cerebras',
      model: 'llama-3.3-70b',
      status: 200,
      error: null,
      share: { rpm: [31, 40], tpm: [41_200, 60_000] },
    },
  ],
  candidates: [],
  candidates_cut: 0,
  usage: {
    tokens_in: 1842,
    tokens_cached: 0,
    tokens_out: 412,
    cost_n: '0',
    list_cost_n: '2060000',
    price_ref: 'prices@182',
  },
  messages: null,
  ...more,
});

describe('the timeline', () => {
  test('names the phases of each attempt, and they are its whole time', () => {
    const stages = stagesOf(detailOf());
    expect(stages.map(({ title, verdict, ok }) => [title, verdict, ok])).toEqual([
      ['Attempt 1: groq', 'answered 429', false],
      ['Attempt 2: cerebras', 'answered 200', true],
      ['', '', true],
    ]);
    const phases = stages.flatMap((stage) => stage.phases);
    expect(phases.map(({ name }) => name)).toEqual([
      'Plan route chat',
      'Connect, send',
      'Wait for answer',
      'Next candidate',
      'Connect, send',
      'Wait for first token',
      'Stream 412 tokens',
      'Settle and end',
    ]);
    expect(phases.reduce((sum, { d }) => sum + d, 0)).toBeCloseTo(1376.5, 6);
  });

  test('says why a phase failed, and how full the windows were', () => {
    const [first, second] = stagesOf(detailOf());
    expect(first!.phases[2]).toMatchObject({ ok: false, detail: 'slow down', colour: '--err' });
    expect(second!.phases[0]!.detail).toBe('rpm 31 of 40, tpm 41.2\u202fk of 60.0\u202fk');
    expect(second!.phases[3]!.detail).toBe('334 tok/s');
  });

  test('of a request that was refused is its one phase', () => {
    const stages = stagesOf(detailOf({ spans: [], attempts: [] }));
    expect(stages.flatMap((stage) => stage.phases.map(({ name }) => name))).toEqual([
      'Check and refuse',
    ]);
  });
});

describe('a candidate', () => {
  const candidateOf = (more: Partial<Candidate> = {}): Candidate => ({
    rank: 1,
    provider: 'groq',
    model: 'llama-3.3-70b',
    verdict: 'eligible',
    checks: {},
    free: true,
    est: {},
    ...more,
  });

  test('that failed says what its attempt failed for', () => {
    const failed = candidateOf({ verdict: 'tried_failed' });
    expect(reasonOf(failed, detailOf())).toBe('slow down');
  });

  test('that was passed over says what the server said, times made readable', () => {
    const reason = { code: 'cooling_down', text: 'cooling down for 47000 ms' };
    const filtered = candidateOf({ verdict: 'filtered', rank: null, reason });
    expect(reasonOf(filtered, detailOf())).toBe('cooling down for 47.00\u00a0s');
  });

  test('that was not needed came after the chosen one; where none was, it was not asked', () => {
    const candidates = [candidateOf({ verdict: 'chosen' }), candidateOf({ rank: 2 })];
    expect(reasonOf(candidates[1]!, detailOf({ candidates }))).toBe('comes later in the order');
    expect(reasonOf(candidates[1]!, detailOf())).toBe('was not asked');
    expect(reasonOf(candidates[0]!, detailOf({ candidates }))).toMatch(/^first/);
  });

  test('says how much of a limit was left', () => {
    expect(leftWords({ ok: false, window: 'rpm', left: 0, limit: 100 })).toBe('rpm 0 of 100 left');
    expect(leftWords({ ok: false, window: 'day', left_n: '0', limit_n: '8000000000' })).toBe(
      '$0 of $8.00 left',
    );
    expect(leftWords({ ok: true })).toBe('');
  });

  test('is counted where it is not shown, also one that was not kept', () => {
    const rest = [candidateOf(), candidateOf({ verdict: 'filtered' }), candidateOf()];
    expect(restWords(rest, 3)).toBe('6 more: 2 not needed, 1 filtered, 3 not kept');
    expect(restWords([], 0)).toBe('');
  });
});

test('a total says which nodes it is without', () => {
  const missing: Schemas['Scope']['missing'] = [
    { node: 'gw-hel-2', reason: 'unreachable', last_seen: 0 },
  ];
  expect(scopeWords({ nodes: ['a', 'b'], missing, as_of: 0 })).toBe(
    '2 of 3 nodes: gw-hel-2 is not reached',
  );
  expect(scopeWords({ nodes: ['a'], missing: [], as_of: 0 })).toBe('');
});

test('an id that is typed into the jump box leads to its request', () => {
  expect(requestJumps(' req_01k9/a ').map(({ to }) => to)).toEqual([
    '/requests/req_01k9%2Fa',
    '/requests?q=req_01k9%2Fa',
  ]);
  expect(requestJumps('groq').map(({ to }) => to)).toEqual(['/requests?q=groq']);
  expect(requestJumps('ov')).toEqual([]);
});

test('a file for spreadsheets has no formula in it, and nothing where nothing is known', () => {
  const asked_model = '=HYPERLINK("http://elsewhere")';
  const [head, line, rest] = csvOf([rowOf({ asked_model, ttft_ms: null })]).split('\r\n');
  const at = head!.split(',').indexOf('asked_model');
  expect(head!.split(',')[4]).toBe('ttft_ms');
  expect(line!.split(',')[4]).toBe('');
  expect(line!.split(',')[at]).toBe(`"'=HYPERLINK(""http://elsewhere"")"`);
  expect(rest).toBe('');
});
