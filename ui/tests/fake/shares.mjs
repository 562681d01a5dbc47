// Where the permits of the made-up cluster's quotas lie. Each sum is exact, as a real node's are.
const limits = { rpm: 600, tpm: 360_000, rpd: 14_400, tpd: 5_000_000 };
const weights = [0.26, 0.22, 0.17, 0.16, 0.12, 0.07];

/// `whole` in as many parts as nodes, the first ones larger.
function divided(whole, count) {
  const wanted = Array.from({ length: count }, (_, i) => weights[i] ?? 0.02);
  const all = wanted.reduce((sum, one) => sum + one, 0);
  const parts = wanted.map((one) => Math.floor((whole * one) / all));
  parts[0] += whole - parts.reduce((sum, one) => sum + one, 0);
  return parts;
}

/// The windows of a provider as GET /providers has them: its own, and those of a model where it has
/// some. Nodes that are gone hold what was last known.
export function windowsOf(world, provider, now) {
  const owners = [null, ...(provider.limitedModels ?? [])];
  return owners.flatMap((model) => windowsOfOwner(world, provider, model, now));
}

function windowsOfOwner(world, provider, model, now) {
  return Object.entries(limits).map(([w, limit], i) => {
    const fill = provider.fill[i];
    const head = { w, model, pool_name: null, unit: w[0] === 'r' ? 'requests' : 'tokens' };
    const none = { in_flight: 0, in_transit: 0, recovering: 0, unreachable: 0, owed: 0 };
    const resets_at = w[2] === 'm' ? now + 40_000 : now + 34_140_000;
    if (fill === null) {
      const nothing = { used: 0, idle: 0, pool: 0, external: 0, shares: [] };
      return { ...head, limit: null, ...nothing, ...none, resets_at };
    }
    const used = Math.round(fill * limit * world.wave(provider.id + w, now, 0.03));
    const charged = Math.min(limit, used);
    const external = Math.min(limit - charged, provider.external?.[w] ?? 0);
    const pool = Math.floor((limit - charged - external) * 0.25);
    const isMoving = i === 0 && world.nodes.length > 1 && charged + pool + external < limit;
    const inTransit = isMoving ? 1 : 0;
    const idle = limit - charged - external - pool - inTransit;
    const [usedParts, idleParts] = [charged, idle].map((sum) => divided(sum, world.nodes.length));
    const shares = world.nodes.map((node, at) => {
      // The broker holds the pool, and what others used.
      const more = at === 0 ? pool + external : 0;
      const [mine, free] = [usedParts[at], idleParts[at]];
      const state = world.gone.has(node) ? 'unreachable' : 'active';
      return { node, hold: mine + free + more, used: mine, until: null, state };
    });
    const heard = shares.map(({ state }) => state === 'active');
    const ofHeard = (parts) => parts.reduce((sum, part, at) => sum + (heard[at] ? part : 0), 0);
    const unreachable = shares.reduce((sum, one, at) => sum + (heard[at] ? 0 : one.hold), 0);
    return {
      ...head,
      limit,
      ...none,
      used: ofHeard(usedParts),
      idle: ofHeard(idleParts),
      pool,
      external,
      in_transit: inTransit,
      unreachable,
      resets_at,
      shares: provider.state === 'disabled' ? [] : shares,
    };
  });
}

/// The event `share` about one window.
export function shareEvent(provider, { w, model, pool_name, pool, shares }) {
  const rows = shares.map(({ node, hold, used, until }) => [node, hold, used, until]);
  return { provider: provider.id, w, model, pool_name, pool, shares: rows };
}
