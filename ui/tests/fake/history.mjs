// The made-up cluster's past: what GET /series and GET /breakdown answer.
import { scopeOf } from './details.mjs';

const steps = [1, 10, 30, 60, 300, 600, 3600, 21_600, 86_400].map((seconds) => seconds * 1000);
const lengths = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function rangeOf(query, now) {
  const [, number, unit] = /^(\d+)([mhd])$/.exec(query.get('last') ?? '1h');
  const to = Number(query.get('to') ?? now);
  const from = Number(query.get('from') ?? to - number * lengths[unit]);
  const step = steps.find((one) => (to - from) / one <= 300) ?? steps.at(-1);
  return { from: Math.floor(from / step) * step, to, step, exactly: from };
}

// [value of the dimension, amount of `metric` between `from` and `to`]
function amounts(world, metric, by, from, to) {
  const t = (from + to) / 2;
  const seconds = (to - from) / 1000;
  const of = (requests, usdADay) => {
    switch (metric) {
      case 'requests':
        return Math.round(requests);
      case 'tokens_in':
        return world.tokens(requests)[0];
      case 'tokens_out':
        return world.tokens(requests)[1];
      case 'errors':
        return Math.round(requests * 0.005);
      case 'cost_n':
        return Math.round((usdADay / 86_400) * seconds * 1e9);
      case 'list_cost_n':
        return Math.round((usdADay * 9.1 * seconds * 1e9) / 86_400);
      default:
        return 0;
    }
  };
  const all = world.total(t) * seconds;
  if (by === 'provider') {
    return world.providers.map((one) => [one.id, of(world.rate(one, t) * seconds, one.usd)]);
  }
  if (by === 'model') return world.models.map(([id, part, usd]) => [id, of(all * part, usd)]);
  const usd = world.providers.reduce((sum, one) => sum + one.usd, 0);
  if (by === 'node') {
    const part = (id) => world.partOf(id) * world.wave(id, t, 0.2);
    return world.nodes.map((id) => [id, of(all * part(id), usd * part(id))]);
  }
  const names = by === 'key' ? world.keys : [''];
  return names.map((id) => [id, of(all / names.length, usd / names.length)]);
}

function speeds(world, by, top, times) {
  const one = (key, valueAt) =>
    ['p50', 'p95', 'p99'].map((quantile, i) => ({
      metric: 'ttft_ms',
      quantile,
      key,
      other: false,
      v: times.map((t) => valueAt(t, i)),
    }));
  if (by !== 'provider') return one({}, (t, i) => world.firstToken(t)[i]);
  const named = world.providers.filter(({ p50 }) => p50 !== null).slice(0, top);
  return named.flatMap(({ id, p50, p95 }) =>
    one(
      { provider: id },
      (t, i) => [p50, p95, p95 * 1.8][i] * world.wave(id + 'ttft' + i, t * 2, 0.25),
    ),
  );
}

export function series(world, query, now) {
  const { from, to, step } = rangeOf(query, now);
  const by = query.get('by') ?? 'none';
  const top = Number(query.get('top') ?? 8);
  const found = [];
  const times = [];
  for (let t = from; t < to; t += step) times.push(t);
  const isMoney = (metric) => metric.endsWith('cost_n');
  for (const metric of (query.get('metric') ?? 'requests').split(',')) {
    if (metric === 'ttft_ms') {
      found.push(...speeds(world, by, top, times));
      continue;
    }
    const columns = new Map();
    for (const t of times) {
      for (const [id, amount] of amounts(world, metric, by, t, Math.min(to, t + step))) {
        columns.set(id, [...(columns.get(id) ?? []), amount]);
      }
    }
    const sum = (values) => values.reduce((all, one) => all + one, 0);
    const sorted = [...columns].sort((a, b) => sum(b[1]) - sum(a[1]));
    const write = (values) => (isMoney(metric) ? values.map(String) : values);
    for (const [id, v] of sorted.slice(0, top)) {
      found.push({ metric, key: by === 'none' ? {} : { [by]: id }, other: false, v: write(v) });
    }
    const rest = sorted.slice(top);
    if (rest.length > 0) {
      const v = times.map((_, i) => sum(rest.map(([, values]) => values[i])));
      found.push({ metric, key: {}, other: true, v: write(v) });
    }
  }
  const notes = [
    { t: now - 1_580_000, kind: 'config', text: 'config v182', ref: '182' },
    {
      t: now - 83_000,
      kind: 'cooldown',
      text: 'mistral cooldown',
      ref: 'mistral',
      until: now + 47_000,
    },
  ].filter((note) => note.t >= from && by !== 'none');
  return { scope: scopeOf(world, now), from, to, step_ms: step, series: found, notes };
}

const metrics = ['requests', 'errors', 'tokens_in', 'tokens_out', 'cost_n', 'list_cost_n'];

export function breakdown(world, query, now) {
  const { from, to } = rangeOf(query, now);
  const by = query.get('by');
  const rows = new Map();
  for (const metric of metrics) {
    for (const [key, amount] of amounts(world, metric, by, from, to)) {
      rows.set(key, { ...(rows.get(key) ?? { key }), [metric]: amount });
    }
  }
  const sums = (items) => {
    const sum = { failovers: 0, tokens_cached: 0 };
    for (const metric of metrics) sum[metric] = items.reduce((all, row) => all + row[metric], 0);
    return { ...sum, cost_n: String(sum.cost_n), list_cost_n: String(sum.list_cost_n) };
  };
  const all = [...rows.values()].sort((a, b) => b.cost_n - a.cost_n);
  const limit = Number(query.get('limit') ?? 8);
  const items = all.slice(0, limit).map((row) => ({
    ...row,
    ...sums([row]),
    key: row.key,
    ttft_ms: { p50: 284, p95: 940 },
    latency_ms: { p50: 1_240, p95: 4_100 },
  }));
  return {
    scope: scopeOf(world, now),
    from,
    to,
    items,
    other: sums(all.slice(limit)),
    total: sums(all),
  };
}
