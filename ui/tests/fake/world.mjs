// A made-up cluster: who is in it, and how much happens at any moment. What it says depends on the
// seed and the time alone, so that history, snapshot and ticks tell one story.
import { windowsOf } from './shares.mjs';

/// Numbers of 0 to 1, the same for the same seed.
export function random(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const named = [
  // id, requests a minute, share of errors, ttft p50 and p95, fill of rpm tpm rpd tpd, $ a day
  ['groq', 412, 0.0031, 168, 520, [0.69, 0.58, 0.41, 0.47], 0],
  ['local-vllm', 503, 0.0004, 96, 310, [null, null, null, null], 0],
  ['google-gemini', 344, 0.0022, 284, 940, [0.57, 0.44, 0.38, null], 14.2071],
  ['cerebras', 268, 0.0012, 121, 402, [0.83, 0.76, 0.52, 0.49], 0],
  ['nvidia-nim', 142, 0.0055, 402, 1310, [0.36, 0.22, 0.18, null], 0],
  ['deepseek', 119, 0.0028, 612, 2240, [null, 0.31, null, null], 6.4412],
  ['openrouter', 96, 0.0624, 731, 3120, [0.81, 0.4, 0.64, null], 2.9064],
  ['together', 88, 0.0018, 318, 1120, [0.29, 0.21, null, null], 9.883],
  ['sambanova', 71, 0.0041, 205, 690, [0.71, 0.35, 0.44, 0.2], 0],
  ['cloudflare-ai', 54, 0.0072, 344, 1480, [0.18, null, 0.62, null], 0.4118],
  ['github-models', 38, 0.009, 468, 1890, [0.63, 0.51, 0.92, 0.71], 0],
  ['cohere', 12, 0, 390, 1240, [0.12, 0.08, 0.33, null], 0.1822],
  ['mistral', 0, 0, null, null, [1, 0.62, 0.4, 0.35], 5.1208],
  ['hyperbolic', 0, 0, null, null, [null, null, null, null], 0],
];
const limited = { cerebras: ['llama-3.3-70b', 'gpt-oss-120b'] };
const states = { openrouter: 'degraded', mistral: 'cooldown', hyperbolic: 'disabled' };
const models = [
  ['gemini-2.5-flash', 0.24, 14.2071],
  ['llama-3.3-70b', 0.31, 9.883],
  ['deepseek-v3.2', 0.1, 6.4412],
  ['mistral-small-3.2', 0.08, 5.1208],
  ['qwen3-235b', 0.07, 2.9064],
  ['llama-4-scout', 0.05, 0.4118],
  ['command-r7b', 0.03, 0.1822],
  ['gpt-oss-120b', 0.12, 0],
];
const nodes = ['gw-fra-1', 'gw-fra-2', 'gw-ams-1', 'gw-waw-1', 'gw-hel-1', 'gw-hel-2'];
const keys = ['web-app', 'batch', 'ci', 'research'];

function hash(text) {
  let value = 2166136261;
  for (const c of text) value = Math.imul(value ^ c.charCodeAt(0), 16777619);
  return value;
}

export class World {
  constructor({ providers = 14, nodeCount = 6, seed = 1 } = {}) {
    this.seed = seed;
    this.random = random(seed);
    this.nodes = Array.from({ length: nodeCount }, (_, i) => nodes[i] ?? `gw-${i}`);
    this.gone = new Map(); // nodes that nobody hears, and since when
    this.models = models;
    this.keys = keys;
    this.providers = Array.from({ length: providers }, (_, i) => {
      const [id, rpm, err, p50, p95, fill, usd] = named[i] ?? [
        `provider-${i}`,
        20 + (i % 50),
        0.002,
        100 + (i % 300),
        900,
        [0.4, 0.3, 0.2, 0.1],
        0.1,
      ];
      const limitedModels = limited[id];
      const state = states[id] ?? 'ok';
      return { id, rpm, err, p50, p95, fill, usd, limitedModels, state, until: null };
    });
    this.healing = { mistral: 47_000, openrouter: null };
  }

  // A smooth course around 1, of its own for each name.
  wave(name, t, amount) {
    const at = t / 30_000;
    const point = (i) => random(hash(name) ^ (i * 7919) ^ this.seed)() - 0.5;
    const part = at - Math.floor(at);
    const eased = part * part * (3 - 2 * part);
    const noise = point(Math.floor(at)) * (1 - eased) + point(Math.floor(at) + 1) * eased;
    return 1 + amount * (noise + 0.5 * Math.sin(t / 600_000 + (hash(name) % 7)));
  }

  /// A node's part of all requests.
  partOf(node) {
    const weights = this.nodes.map((_, i) => 1 / (3 + i));
    const all = weights.reduce((sum, one) => sum + one, 0);
    return weights[this.nodes.indexOf(node)] / all;
  }

  /// Requests a second of a provider.
  rate(provider, t) {
    return provider.state === 'cooldown'
      ? 0
      : (provider.rpm / 60) * this.wave(provider.id, t, 0.32);
  }

  total(t) {
    return this.providers.reduce((sum, provider) => sum + this.rate(provider, t), 0);
  }

  firstToken(t) {
    const p50 = 214 * this.wave('p50', t, 0.25);
    return [p50, 1380 * this.wave('p95', t * 3, 0.5), 2910 * this.wave('p99', t * 3, 0.4)];
  }

  /// A whole number that is `mean` in the long run.
  draw(mean) {
    return Math.floor(mean) + (this.random() < mean % 1 ? 1 : 0);
  }

  tokens(requests) {
    return [Math.round(requests * 1826), Math.round(requests * 415)];
  }

  strip(provider, minutes) {
    const next = random(hash(provider.id) ^ this.seed);
    return Array.from({ length: minutes }, (_, i) => {
      const left = minutes - i;
      if (provider.state === 'disabled') return 'x';
      if (provider.state === 'cooldown' && left <= 5) return left <= 2 ? 'c' : 'e';
      if (provider.state === 'degraded' && left < 9) return next() < 0.55 ? 'e' : 'w';
      return next() < 0.03 ? 'w' : next() < 0.006 ? 'e' : 'o';
    }).join('');
  }

  windows(provider, now) {
    return windowsOf(this, provider, now);
  }

  health(provider) {
    const reasons = {
      degraded: 'error rate 6.2 % over 5 min',
      cooldown: '429 from upstream',
      disabled: 'disabled in v179 by ops',
      drained: 'drained by admin',
    };
    return {
      state: provider.state,
      since: null,
      reason: reasons[provider.state] ?? null,
      until: provider.until,
    };
  }

  provider(provider, now) {
    const quiet = provider.rpm === 0;
    return {
      id: provider.id,
      dialect: 'openai',
      enabled: provider.state !== 'disabled',
      health: this.health(provider),
      now: {
        rpm: quiet ? 0 : provider.rpm,
        err_ratio: quiet ? null : provider.err,
        ttft_ms: { p50: provider.p50, p95: provider.p95 },
        inflight: Math.round(provider.rpm / 30),
      },
      attempts: {},
      strip: {
        step_ms: 60_000,
        t0: Math.floor(now / 60_000) * 60_000 - 59 * 60_000,
        s: this.strip(provider, 60),
      },
      windows: this.windows(provider, now),
      cost_today_n: String(Math.round(provider.usd * 1e9)),
      list_cost_today_n: String(Math.round((provider.usd + provider.rpm * 0.2) * 1e9)),
    };
  }

  node(id, now) {
    const p = this.firstToken(now);
    const goneSince = this.gone.get(id);
    const i = this.nodes.indexOf(id) % 8;
    return {
      id,
      state: goneSince === undefined ? 'ok' : 'stale',
      version: '1.8.2',
      started: now - 367_000_000 - i * 90_000_000,
      last_seen: goneSince ?? now,
      rps: this.total(now) * this.partOf(id),
      inflight: 20 + i,
      ttft_ms: { p50: p[0], p95: p[1] },
      cpu: 0.41 - i * 0.03,
      rss: 2_254_857_830 - i * 120_000_000,
      shares: 38 - 3 * i,
      book: 'ok',
      config_version: goneSince === undefined ? 182 : 181,
      clock_skew_ms: i * 0.3,
      draining: false,
    };
  }

  attention(now) {
    const items = [...this.gone].map(([id, since]) => ({
      id: `unreachable:${id}`,
      severity: 'err',
      text: `${id} is out of reach`,
      href: '/cluster',
      since,
    }));
    for (const { id, state, until } of this.providers) {
      const href = `/providers/${id}`;
      if (state === 'cooldown') {
        items.push({
          id: `cooldown:${id}`,
          severity: 'warn',
          text: `${id} is cooling down: it answered 429`,
          href,
          since: now - 60_000,
          until,
        });
      } else if (state === 'degraded') {
        items.push({
          id: `degraded:${id}`,
          severity: 'warn',
          text: `${id} fails some requests`,
          href,
          since: now - 300_000,
          until: null,
        });
      }
    }
    return items;
  }
}
