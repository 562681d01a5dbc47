// The made-up cluster's present: the events of GET /stream.
import { validateEvent } from '../../../tests/e2e/openapi.mjs';
import { scopeOf } from './details.mjs';
import { shareEvent } from './shares.mjs';

const tickMs = 250;
const sharesMs = 500;
const kept = 30_000;

const reasons = ['groq', 'openrouter', 'mistral', 'github-models'];

function eventText(id, name, data) {
  validateEvent(name, data);
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/// Makes the events and keeps those of the last half minute, for who comes back.
export class Broadcast {
  constructor(world, uiBuild, log) {
    Object.assign(this, {
      world,
      uiBuild,
      log,
      readers: new Set(),
      ring: [],
      sequence: 0,
      sent: 0,
    });
    this.epoch = 'e1';
    this.speed = 1;
    this.known = { p: {}, n: {}, m: {}, k: {} };
    world.providers.forEach((one, i) => (this.known.p[one.id] = i + 1));
    world.nodes.forEach((id, i) => (this.known.n[id] = i + 1));
    world.models.forEach(([id], i) => (this.known.m[id] = i + 1));
    world.keys.forEach((id, i) => (this.known.k[id] = i + 1));
    this.told = Date.now(); // until when ticks have told
    this.ended = log.endedBefore(this.told);
    this.ownOnly = false; // of requests: those of other nodes are not told, as a real node does it
    this.timer = setInterval(() => this.tick(), tickMs);
    this.sharing = setInterval(() => this.shares(), sharesMs);
    this.slow = setInterval(() => this.failover(), 2600);
  }

  close() {
    clearInterval(this.timer);
    clearInterval(this.sharing);
    clearInterval(this.slow);
  }

  /// From now on nothing comes by itself: a tick when a test says so.
  hold() {
    this.close();
  }

  setSpeed(times) {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), tickMs / times);
  }

  emit(name, data) {
    const text = eventText(`${this.epoch}.${++this.sequence}`, name, data);
    this.ring.push({ sequence: this.sequence, at: Date.now(), text });
    while (this.ring.length > 0 && this.ring[0].at < Date.now() - kept) this.ring.shift();
    for (const reader of this.readers) reader.write(text);
  }

  join(reader, lastId) {
    const [epoch, sequence] = (lastId ?? '').split('.');
    const missed = this.ring.filter((event) => event.sequence > Number(sequence));
    const isKept =
      epoch === this.epoch && (this.ring[0]?.sequence ?? Infinity) <= Number(sequence) + 1;
    const now = Date.now();
    const say = (name, data) =>
      reader.write(eventText(`${this.epoch}.${this.sequence}`, name, data));
    reader.write('retry: 1000\n\n');
    say('hello', {
      scope: scopeOf(this.world, now),
      now,
      node: this.world.nodes[0],
      nodes: this.world.nodes,
      ui_build: this.uiBuild,
      config_version: 182,
      tick_ms: tickMs,
      resumed: isKept,
    });
    if (isKept) for (const event of missed) reader.write(event.text);
    else say('snapshot', this.snapshot(now));
    this.readers.add(reader);
  }

  snapshot(now) {
    const t0 = Math.floor(now / 1000) * 1000 - 899_000;
    const v = [];
    const ttft = [];
    for (let i = 0; i < 900; ++i) {
      const t = t0 + i * 1000;
      const requests = Math.round(this.world.total(t));
      const [tin, tout] = this.world.tokens(requests);
      v.push([
        requests,
        this.world.draw(requests * 0.005),
        this.world.draw(0.86),
        tin,
        tout,
        2_900_000,
      ]);
      ttft.push(this.world.firstToken(t));
    }
    return {
      t: now,
      ids: this.known,
      providers: this.world.providers.map((one) => this.world.provider(one, now)),
      nodes: this.world.nodes.map((id) => this.world.node(id, now)),
      totals: { t0, step_ms: 1000, v, ttft },
      attention: this.world.attention(now),
      config_version: 182,
    };
  }

  /// Tells what came since the last one, however late the machine lets it be.
  tick() {
    const { world } = this;
    const t = Date.now();
    const seconds = (t - this.told) / 1000;
    this.told = t;
    const p = {};
    const sums = { requests: 0, errors: 0, cost: 0 };
    for (const one of world.providers) {
      const requests = world.draw(world.rate(one, t) * seconds);
      const failed = world.draw(requests * one.err);
      if (requests === 0 && one.rpm === 0) continue;
      const [tin, tout] = world.tokens(requests);
      const cost = Math.round((one.usd / 86_400) * seconds * 1e9);
      sums.requests += requests;
      sums.errors += failed;
      sums.cost += cost;
      const fill = one.fill.map((part) =>
        part === null
          ? null
          : Math.round(1000 * Math.min(1, part * world.wave(one.id + 'fill', t, 0.05))),
      );
      p[this.known.p[one.id]] = [
        requests,
        requests,
        failed,
        Math.round(one.rpm / 30),
        one.p50 && one.p50 * world.wave(one.id + 'ttft', t, 0.1),
        one.p95 && one.p95 * world.wave(one.id + 'p95', t, 0.2),
        tin,
        tout,
        cost,
        ...fill,
      ];
    }
    const [tin, tout] = world.tokens(sums.requests);
    this.sent += sums.requests;
    const spread = (parts) =>
      parts.map(([id, part, usd]) => {
        const requests = world.draw(sums.requests * part);
        return [
          id,
          [requests, 0, ...world.tokens(requests), Math.round((usd / 86_400) * seconds * 1e9), 200],
        ];
      });
    const m = spread(world.models).map(([id, row]) => [this.known.m[id], row]);
    this.emit('tick', {
      t,
      tot: [sums.requests, sums.errors, 0, tin, tout, sums.cost],
      ttft: world.firstToken(t),
      p,
      n: Object.fromEntries(world.nodes.flatMap((id, i) => this.nodeRow(id, i, sums, t))),
      m: Object.fromEntries(m),
    });
    this.requests(t);
  }

  /// Tells who wants to hear of them of the requests that ended until `t`.
  requests(t) {
    const end = this.log.endedBefore(t);
    const rows = [];
    for (; this.ended < end; ++this.ended) rows.push(this.log.row(this.ended));
    const told = this.ownOnly ? rows.filter(({ node }) => node === this.world.nodes[0]) : rows;
    for (const reader of this.readers) {
      const items = told.filter(reader.holds);
      if (items.length > 0) this.tellRequests(reader, items);
    }
  }

  tellRequests(reader, items, dropped = 0) {
    const id = `${this.epoch}.${this.sequence}`;
    reader.write(eventText(id, 'request', { items, dropped }));
  }

  nodeRow(id, i, sums, t) {
    if (this.world.gone.has(id)) return [];
    const { inflight, ttft_ms: ttft, cpu, rss } = this.world.node(id, t);
    const requests = this.world.draw(sums.requests * this.world.partOf(id));
    return [[this.known.n[id], [requests, 0, inflight, ttft.p50, Math.round(cpu * 1000), rss]]];
  }

  /// Tells of the shares of those providers that somebody looks at.
  shares() {
    const watched = new Set([...this.readers].flatMap(({ topics }) => topics));
    for (const one of this.world.providers.filter(({ id }) => watched.has(`share:${id}`)))
      for (const window of this.world.windows(one, Date.now()))
        if (window.limit !== null) this.emit('share', shareEvent(one, window));
  }

  /// A node falls silent, or is heard again.
  turnNode(id, isGone) {
    const now = Date.now();
    if (isGone) this.world.gone.set(id, now);
    else this.world.gone.delete(id);
    this.emit('node', this.world.node(id, now));
    this.emit('attention', { items: this.world.attention(now) });
  }

  failover() {
    const { world } = this;
    if (world.providers.length === 0) return;
    const isOver = (one) => one.state === 'cooldown' && one.until < Date.now();
    for (const one of world.providers.filter(isOver)) this.turn(one.id, 'cooldown', 47_000);
    const first = reasons[Math.floor(world.random() * reasons.length)];
    const provider = world.providers[Math.floor(world.random() * 6)].id;
    const isAnswered = world.random() < 0.85;
    const now = Date.now();
    this.emit('failover', {
      dropped: 0,
      items: [
        {
          id: `req_${this.sequence.toString(36)}`,
          t: now,
          node: world.nodes[0],
          key: 'web-app',
          team: 'product',
          route: ['chat-fast', 'summarise', 'code'][this.sequence % 3],
          asked_model: 'chat-fast',
          model: 'llama-3.3-70b',
          provider,
          status: isAnswered ? 200 : 502,
          outcome: isAnswered ? 'failover' : 'failed',
          attempts: isAnswered ? 2 : 3,
          first_provider: first,
          first_error: 'rate_limited',
          error_code: isAnswered ? null : 'upstream_unavailable',
          stream: true,
          tokens_in: 1842,
          tokens_cached: 0,
          tokens_out: 412,
          tokens_reasoning: 0,
          ttft_ms: isAnswered ? 143 : null,
          latency_ms: 1376,
          cost_n: '0',
          list_cost_n: '2060000',
        },
      ],
    });
  }

  /// The state of a provider changes, and all that follows from that is told.
  turn(id, state, lastsMs) {
    const one = this.world.providers.find((provider) => provider.id === id);
    const now = Date.now();
    one.state = state;
    one.until = lastsMs ? now + lastsMs : null;
    const { reason } = this.world.health(one);
    this.emit('health', { provider: id, state, reason, until: one.until, by: this.world.nodes[0] });
    this.emit('attention', { items: this.world.attention(now) });
  }
}
