// Reads one provider of @earendil-works/pi-ai (prices.md, section 1.1).

/** Zero stands for "no such rate": its tokens are charged as their parent's. */
const rates = ({ input, output, cacheRead, cacheWrite }) => ({
  input,
  output,
  ...(cacheRead ? { cached_input: cacheRead } : {}),
  ...(cacheWrite ? { cache_write: cacheWrite } : {}),
});

function price({ tiers, ...base }) {
  const whole = rates(base);
  if (tiers?.length)
    whole.tiers = tiers.map((tier) => ({ above: tier.inputTokensAbove, ...rates(tier) }));
  return whole;
}

/** Chat models by id: {price, context_window, max_output, vision}. */
export function piModels(file) {
  const models = new Map();
  for (const entries of Object.values(file))
    for (const [key, model] of Object.entries(entries)) {
      if (!key.startsWith('chat:')) continue;
      models.set(model.id, {
        price: price(model.cost),
        context_window: model.contextWindow,
        max_output: model.maxTokens,
        vision: model.input.includes('image'),
      });
    }
  return models;
}
