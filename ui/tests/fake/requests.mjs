// The made-up cluster's request log: what GET /requests and its like answer. A request has a
// number, and everything about it follows from that: the log has no end and is nowhere kept.
import { scopeOf } from './details.mjs';
import { rangeOf } from './history.mjs';
import { random } from './world.mjs';

const outcomes = [
  // share, outcome, status
  [0.93, 'first_try', 200],
  [0.975, 'failover', 200],
  [0.985, 'failed', 502],
  [0.99, 'cut', 200],
  [0.995, 'cancelled', 499],
  [1, 'refused', 429],
];
const routes = ['chat-fast', 'summarise', 'code', 'extract', 'chat-best'];
const providersOf = {
  'llama-3.3-70b': ['groq', 'cerebras', 'together'],
  'gpt-oss-120b': ['local-vllm', 'groq', 'cerebras'],
  'gemini-2.5-flash': ['google-gemini', 'openrouter'],
  'deepseek-v3.2': ['deepseek', 'nvidia-nim'],
  'qwen3-235b': ['openrouter', 'cerebras'],
  'llama-4-scout': ['cloudflare-ai', 'groq'],
  'mistral-small-3.2': ['openrouter', 'nvidia-nim'],
};
const free = ['groq', 'cerebras', 'local-vllm', 'nvidia-nim'];
const prefix = 'req_01k9w7';
const walkedMax = 200_000;

export class RequestLog {
  constructor(world, perSecond) {
    Object.assign(this, { world, perSecond });
  }

  /// When the request of that number ended.
  endOf(number) {
    return Math.floor((number * 1000) / this.perSecond);
  }

  /// How many have ended before `t`.
  endedBefore(t) {
    return Math.ceil((t * this.perSecond) / 1000);
  }

  row(number) {
    const next = random(number * 2654435761);
    const pick = (list) => list[Math.floor(next() * list.length)];
    const model = pick(Object.keys(providersOf));
    const chance = next();
    const [, outcome, status] = outcomes.find(([share]) => chance < share) ?? outcomes.at(-1);
    const [first, second] = providersOf[model];
    const provider = outcome === 'failover' ? second : first;
    const isAnswered = status === 200;
    const tokensIn = Math.round(120 + next() * next() * 9000);
    const tokensOut = isAnswered ? Math.round(40 + next() * 900) : 0;
    const ttft = Math.round(90 + next() * 500);
    const latency = isAnswered ? ttft + Math.round(tokensOut * (4 + next() * 9)) : 210;
    const list = String(Math.round(tokensIn * 100 + tokensOut * 400));
    const isRefused = outcome === 'refused';
    const id = prefix + number.toString(36);
    return {
      id,
      request_id: number % 50 === 0 ? `caller-${number}` : id,
      t: this.endOf(number) - latency,
      node: pick(this.world.nodes),
      key: pick(this.world.keys),
      team: 'product',
      route: pick(routes),
      asked_model: model,
      model: isRefused ? null : model,
      provider: isRefused ? null : provider,
      status,
      outcome,
      attempts: isRefused ? 0 : ['failover', 'failed'].includes(outcome) ? 2 : 1,
      first_provider: isRefused ? null : first,
      first_error: outcome === 'failover' ? 'rate_limited' : null,
      error_code:
        { failed: 'upstream_unavailable', refused: 'rate_limit_exceeded' }[outcome] ?? null,
      stream: number % 3 > 0,
      tokens_in: tokensIn,
      tokens_cached: Math.floor(tokensIn / 3),
      tokens_out: tokensOut,
      tokens_reasoning: 0,
      ttft_ms: isAnswered ? ttft : null,
      latency_ms: latency,
      cost_n: !isAnswered || free.includes(provider) ? '0' : list,
      list_cost_n: isAnswered ? list : '0',
    };
  }

  /// Rows that ended in between, newest first, for which all filters hold.
  *rows(from, to, query, isOldestFirst = false) {
    const holds = filterOf(query);
    const first = this.endedBefore(from);
    const end = this.endedBefore(to);
    for (let i = 0; i < Math.min(end - first, walkedMax); ++i) {
      const row = this.row(isOldestFirst ? first + i : end - 1 - i);
      if (holds(row)) yield row;
    }
  }

  /// NaN where it is no id of this log.
  numberOf(id) {
    const digits = id.startsWith(prefix) ? id.slice(prefix.length) : '';
    return /^[0-9a-z]+$/.test(digits) ? Number.parseInt(digits, 36) : NaN;
  }

  find(id) {
    const number = this.numberOf(id);
    return number < this.endedBefore(Date.now()) ? this.row(number) : null;
  }
}

function valueIn(row, field) {
  return field === 'cost_n' ? Number(row.cost_n) : row[field];
}

function condition(text) {
  const [, field, op, wanted] = /^(\w+):(\w+):(.*)$/.exec(text);
  const isSame = (row) => {
    const values = op === 'in' ? wanted.split(',') : [wanted];
    const own = field === 'status' ? [row.outcome, String(row.status)] : [String(row[field] ?? '')];
    return own.some((one) => values.includes(one));
  };
  const number = Number(wanted);
  const tests = {
    eq: isSame,
    in: isSame,
    ne: (row) => !isSame(row),
    gt: (row) => valueIn(row, field) > number,
    ge: (row) => valueIn(row, field) >= number,
    lt: (row) => valueIn(row, field) < number,
    le: (row) => valueIn(row, field) <= number,
  };
  return tests[op];
}

/// Whether a row is let through by the `f` and `q` of a query.
export function filterOf(query) {
  const tests = query.getAll('f').map(condition);
  const text = (query.get('q') ?? '').toLowerCase();
  const texts = (row) => [row.id, row.request_id, row.asked_model];
  return (row) =>
    tests.every((holds) => holds(row)) &&
    (text === '' || texts(row).some((one) => one.toLowerCase().includes(text)));
}

export function requestList(log, query, now) {
  const { exactly: from, to } = rangeOf(query, now);
  const scope = scopeOf(log.world, now);
  const limit = Number(query.get('limit') ?? 100);
  const sort = query.get('sort') ?? '-t';
  const field = sort.replace('-', '');
  const [cursor, until] = (query.get('cursor') ?? '').split('.').map(Number);
  const all = log.rows(from, until || to, query, sort === 't');
  const rows = [...all];
  if (field !== 't') {
    const sign = sort.startsWith('-') ? -1 : 1;
    const known = (row) => valueIn(row, field) ?? Infinity * sign;
    rows.sort((a, b) => (known(a) < known(b) ? -sign : known(a) > known(b) ? sign : 0));
  }
  const begin = cursor || 0;
  const items = rows.slice(begin, begin + limit);
  const next = begin + limit < rows.length ? `${begin + limit}.${until || to}` : null;
  return { scope, items, next, count: { value: rows.length, exact: rows.length < walkedMax } };
}

export function requestHistogram(log, query, now) {
  const { from, to, step, exactly } = rangeOf(query, now);
  const bins = Array.from({ length: Math.ceil((to - from) / step) }, () => [0, 0, 0]);
  const places = { first_try: 0, failover: 1 };
  let value = 0;
  for (const row of log.rows(exactly, to, query)) {
    const bin = bins[Math.floor((row.t + row.latency_ms - from) / step)];
    if (!bin) continue;
    ++bin[places[row.outcome] ?? 2];
    ++value;
  }
  const series = ['first_try', 'failover', 'failed'];
  return {
    scope: scopeOf(log.world, now),
    step_ms: step,
    t0: from,
    bins,
    series,
    count: { value, exact: value < walkedMax },
  };
}
