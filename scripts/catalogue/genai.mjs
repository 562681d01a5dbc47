// Reads one provider of @pydantic/genai-prices (prices.md, section 3).

const kinds = {
  input_mtok: 'input',
  output_mtok: 'output',
  cache_read_mtok: 'cached_input',
  cache_write_mtok: 'cache_write',
  cache_write_1h_mtok: 'cache_write_1h',
  output_reasoning_mtok: 'reasoning',
};

const inForce = (constraint, at) => {
  if (!constraint) return true;
  if (constraint.type === 'start_date') return at >= new Date(`${constraint.start_date}T00:00:00Z`);
  const [start, end] = [constraint.start_time, constraint.end_time];
  const time = at.toISOString().slice(11, 19) + 'Z';
  return start <= end ? start <= time && time < end : time >= start || time < end;
};

/** The prices in force at a moment: the last whose constraint holds, else the first. */
function pricesAt(prices, at) {
  if (!Array.isArray(prices)) return prices;
  const last = [...prices].reverse().find(({ constraint }) => inForce(constraint, at));
  return (last ?? prices[0]).prices;
}

/** Where prices change in the course of a day: those that hold for most of it. */
function pricesOfDay(prices, day) {
  const minutes = new Map();
  for (let minute = 0; minute < 1440; ++minute) {
    const found = pricesAt(prices, new Date(Date.parse(`${day}T00:00:00Z`) + minute * 60_000));
    minutes.set(found, (minutes.get(found) ?? 0) + 1);
  }
  return [...minutes].sort((a, b) => b[1] - a[1])[0][0];
}

/** Each kind's tiers on their own become whole tiers. */
function price(prices) {
  const at = (value, above) => {
    if (typeof value === 'number') return value;
    const tiers = [...value.tiers].sort((a, b) => a.start - b.start);
    const reached = tiers.filter(({ start }) => start <= above).at(-1);
    return reached ? reached.price : value.base;
  };
  const starts = new Set();
  for (const key of Object.keys(kinds))
    for (const { start } of prices[key]?.tiers ?? []) starts.add(start);
  const rates = (above) => {
    const found = {};
    for (const [key, kind] of Object.entries(kinds))
      if (prices[key] !== undefined) found[kind] = at(prices[key], above);
    return found;
  };
  const whole = rates(-1);
  if (whole.input === undefined) return undefined;
  if (prices.requests_kcount) whole.per_request = prices.requests_kcount / 1000;
  const ascending = [...starts].sort((a, b) => a - b);
  if (starts.size) whole.tiers = ascending.map((above) => ({ above, ...rates(above) }));
  return whole;
}

function matches(rule, id) {
  const lower = id.toLowerCase();
  const [kind, value] = Object.entries(rule)[0];
  switch (kind) {
    case 'equals': return lower === value.toLowerCase();
    case 'starts_with': return lower.startsWith(value.toLowerCase());
    case 'ends_with': return lower.endsWith(value.toLowerCase());
    case 'contains': return lower.includes(value.toLowerCase());
    case 'regex': return new RegExp(value).test(id);
    case 'or': return value.some((part) => matches(part, id));
    case 'and': return value.every((part) => matches(part, id));
    default: throw new Error(`genai-prices has a new match rule: ${kind}`);
  }
}

/**
 * Models in the order in which their rules are tried:
 * {id, match, matches, price, context_window, embedding, deprecated}.
 */
export function genaiModels(provider, day) {
  return provider.models.map((model) => {
    const found = price(pricesOfDay(model.prices, day));
    const embedding = found !== undefined && /embed/.test(model.id);
    if (embedding) delete found.output;
    // Without a price for its output it is no chat model: transcription, moderation, ranking.
    const usable = found !== undefined && (embedding || found.output !== undefined);
    return {
      id: model.id,
      match: model.match,
      matches: (id) => matches(model.match, id),
      price: usable ? found : undefined,
      context_window: model.context_window,
      embedding,
      deprecated: model.deprecated || !usable,
    };
  });
}
