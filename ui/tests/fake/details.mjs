// What the made-up cluster says of one provider, of itself, and of what happened.
export function scopeOf(world, now) {
  const missing = [...world.gone].map(([node, since]) => ({
    node,
    reason: 'unreachable',
    last_seen: since,
  }));
  return { nodes: world.nodes.filter((node) => !world.gone.has(node)), missing, as_of: now };
}

function event(world, number, t, kind, text, ref, more = {}) {
  const node = world.nodes[0];
  return { id: `${node}.${number}`, t, node, kind, by: null, role: null, text, ref, ...more };
}

/// GET /providers/{id}; nothing where there is none of that name.
export function detail(world, id, now) {
  const provider = world.providers.find((one) => one.id === id);
  if (!provider) return null;
  const models = world.models.slice(0, 4).map(([name], i) => ({
    id: name,
    health: 'ok',
    inflight: Math.round(provider.rpm / 60 / (i + 1)),
    ttft_ms: { p50: provider.p50 && provider.p50 * (1 + i / 20), p95: provider.p95 },
    tokens_per_second: provider.p50 && 480 - i * 62,
  }));
  const learned = [
    ['rpm', 600, 600],
    ['tpm', 360_000, 300_000],
  ].map(([w, limit, said]) => ({
    w,
    model: null,
    pool_name: null,
    limit,
    said,
    in_force: Math.min(limit, said),
    set_aside: false,
    external: 0,
    count_delay_ms: 1000,
    learned_delay_ms: 1000,
  }));
  const events = [
    event(world, 4, now - 540_000, 'cooldown', `${id} is back`, id),
    event(world, 3, now - 581_000, 'cooldown', `${id} cools down: rate limited`, id, {
      until: now - 540_000,
    }),
    event(world, 2, now - 4_500_000, 'provider', `undrained ${id}`, id, {
      by: 'ops',
      role: 'operator',
    }),
    event(world, 1, now - 8_100_000, 'provider', `drained ${id}`, id, {
      by: 'ops',
      role: 'operator',
    }),
  ];
  const scope = scopeOf(world, now);
  return { scope, ...world.provider(provider, now), models, learned, events };
}

/// GET /cluster
export function cluster(world, now) {
  const [self, ...others] = world.nodes;
  const rtt = (i) => [0.4, 7.9, 14.2, 24.8, 41][i % 5];
  const ids = world.nodes;
  return {
    scope: scopeOf(world, now),
    broker: self,
    leader: world.leader === undefined ? self : world.leader,
    quorum: world.leader !== null,
    term: 12,
    voters: ids.slice(0, 5),
    config_version: 182,
    nodes: ids.map((id) => world.node(id, now)),
    cluster: 'c1f0',
    members: ids.map((id, i) => ({
      id,
      state: world.gone.has(id) ? 'unreachable' : 'ok',
      address: `10.0.0.${i + 1}:7946`,
      incarnation: 3 + i,
      version: '1.8.2',
      started: now - 367_000_000,
      last_seen: world.gone.get(id) ?? now,
      config_version: world.node(id, now).config_version,
    })),
    links: others
      .filter((id) => !world.gone.has(id))
      .map((node) => ({
        node,
        since: now - 360_000_000,
        rtt_ms: rtt(others.indexOf(node)),
        dropped: 0,
      })),
    unreached: [...world.gone.keys()].map((node) => ({
      address: `10.0.0.${ids.indexOf(node) + 1}:7946`,
      node,
      problem: 'connection refused',
    })),
    rtt: {
      nodes: ids,
      ms: ids.map((from, i) =>
        ids.map((to, j) => {
          if (i === j) return 0;
          return i === 0 && !world.gone.has(to) ? rtt(j - 1) : null;
        }),
      ),
    },
  };
}

/// GET /events of nodes and versions.
export function clusterEvents(world, now) {
  const items = [
    event(world, 9, now - 1_580_000, 'config', 'version 182: tpm of groq', '182', {
      by: 'ops',
      role: 'admin',
    }),
    event(world, 8, now - 15_000_000, 'node', 'started, version 1.8.2', null),
    event(world, 7, now - 15_060_000, 'node', 'stopped', null),
  ];
  return { scope: scopeOf(world, now), items, next: null, count: { value: 3, exact: true } };
}
