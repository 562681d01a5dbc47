// The trace of a made-up request: what GET /requests/{id} answers.

const ok = { ok: true };
const checksThat = (failing, more = {}) => ({
  health: ok,
  features: ok,
  context: ok,
  price: ok,
  quota: ok,
  ...(failing ? { [failing]: { ok: false, ...more } } : {}),
});

const passedOver = [
  ['nvidia-nim', 'skipped', 'quota', 'quota_spent', 'rpm: 0 of 100 left, more in 2400 ms'],
  ['mistral', 'filtered', 'health', 'cooling_down', 'cooling down for 47000 ms'],
  ['cohere', 'filtered', 'features', 'lacks_feature', "can't do: tools"],
  [
    'github-models',
    'filtered',
    'context',
    'context_too_small',
    'the request is longer than its context',
  ],
  ['hyperbolic', 'filtered', 'health', 'disabled', 'disabled in the configuration'],
];

function candidatesOf(row, failed) {
  const est = (ttft, cost) => ({
    tokens_in: row.tokens_in,
    tokens_out: 512,
    ttft_ms: ttft,
    cost_n: cost,
  });
  const ranked = (provider, verdict, rank, isFree) => ({
    rank,
    provider,
    model: row.model,
    verdict,
    checks: checksThat(null),
    free: isFree,
    est: est(100 + rank * 60, isFree ? '0' : '1988000'),
  });
  const tried = failed.map((provider, i) => ranked(provider, 'tried_failed', i + 1, true));
  const isAnswered = row.outcome !== 'failed';
  const chosen = isAnswered
    ? [ranked(row.provider, 'chosen', tried.length + 1, row.cost_n === '0')]
    : [];
  const others = ['together', 'sambanova'].map((provider, i) =>
    ranked(provider, 'eligible', tried.length + chosen.length + i + 1, i > 0),
  );
  const asked = [row.provider, row.first_provider];
  const over = passedOver
    .filter(([provider]) => !asked.includes(provider))
    .map(([provider, verdict, check, code, text]) => ({
      rank: null,
      provider,
      model: row.model,
      verdict,
      checks: checksThat(
        check,
        check === 'quota' ? { window: 'rpm', left: 0, limit: 100, scope: 'node' } : {},
      ),
      free: false,
      est: { ttft_ms: null, cost_n: null },
      reason: { code, text },
    }));
  const skipped = over.filter(({ verdict }) => verdict === 'skipped');
  const filtered = over.filter(({ verdict }) => verdict === 'filtered');
  return [...tried, ...skipped, ...chosen, ...others, ...filtered];
}

// Where the time of each attempt went: together it is that of the request.
function spansOf(row, failed) {
  const spans = [];
  let at = 0;
  const add = (name, attempt, d, isOk = true) => {
    spans.push({ name, attempt, t_ms: at, d_ms: d, ok: isOk });
    at += d;
  };
  failed.forEach((_, i) => {
    add('route', i + 1, 0.4);
    add('send', i + 1, 2);
    add('wait', i + 1, 18, false);
  });
  if (row.outcome === 'failed') return spans;
  const last = failed.length + 1;
  const first = row.ttft_ms ?? row.latency_ms;
  add('route', last, 0.3);
  add('send', last, 4);
  add('wait', last, Math.max(1, first - at));
  add(
    row.stream ? 'stream' : 'read',
    last,
    Math.max(0, row.latency_ms - at),
    row.outcome !== 'cut',
  );
  return spans;
}

// One in some is not, and none of a request that came to no provider.
const isKept = (row) => row.provider !== null && Number.parseInt(row.id.at(-1), 36) % 10 !== 7;

/// The newest request of the log that is such a one and whose trace is kept.
export function newestKept(log, holds) {
  for (let number = log.endedBefore(Date.now()) - 20; ; --number) {
    const row = log.row(number);
    if (isKept(row) && holds(row)) return row;
  }
}

export function requestDetail(row) {
  const failed = { failover: [row.first_provider], failed: [row.first_provider, row.provider] };
  const tried = failed[row.outcome] ?? [];
  const error = { code: 'rate_limited', text: 'the provider answered 429: slow down' };
  const attempts = tried.map((provider, i) => ({
    n: i + 1,
    provider,
    model: row.model,
    status: 429,
    error,
    share: { rpm: [100, 100] },
  }));
  if (row.outcome !== 'failed') {
    attempts.push({
      n: attempts.length + 1,
      provider: row.provider ?? '',
      model: row.model ?? '',
      status: 200,
      error:
        row.outcome === 'cut'
          ? { code: 'network', text: 'the provider ended its answer early' }
          : null,
      share: { rpm: [31, 40], tpm: [41_200, 60_000] },
    });
  }
  const trace = {
    policy: 'free first, then the fastest',
    candidates: isKept(row) ? candidatesOf(row, tried) : [],
    candidates_cut: 3,
    spans: spansOf(row, tried),
    attempts,
  };
  return {
    scope: { nodes: [row.node], missing: [], as_of: Date.now() },
    request: {
      ...row,
      endpoint: '/v1/chat/completions',
      client: '10.4.18.22',
      http: '1.1',
      tools: 2,
      finish: row.status === 200 ? 'stop' : null,
      traceparent: '00-8f2c4d1e6a7b8c9d0e1f2a3b4c5d6e7f-00f067aa0ba902b7-01',
      bodies: 'not_stored',
    },
    overhead_ms: 0.86,
    config_version: 182,
    ...(isKept(row) ? trace : { trace: 'not_kept' }),
    usage: {
      tokens_in: row.tokens_in,
      tokens_cached: row.tokens_cached,
      tokens_out: row.tokens_out,
      cost_n: row.cost_n,
      list_cost_n: row.list_cost_n,
      price_ref: 'prices@182',
    },
    messages: null,
  };
}
