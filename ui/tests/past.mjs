// An hour that a node remembers although it was not there: lines of its journal, as they are
// described in persistence/README.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';

import { random } from './fake/world.mjs';

function line(record) {
  const rest = JSON.stringify(record).slice(1);
  const length = String(Buffer.byteLength(rest)).padStart(6);
  const checksum = crc32(rest).toString(16).padStart(8, '0');
  return `{"n":${length},"c":"${checksum}",${rest}\n`;
}

const dayOf = (t) => new Date(t).toISOString().slice(0, 10);

/// Writes what `sources` did in the last `minutes`: [{provider, model, perMinute, ttft, price,
/// free, errors}], prices in dollars per million tokens out. The node must not run.
export function writePast(data, node, sources, minutes, seed = 1) {
  const next = random(seed);
  const now = Date.now();
  const days = new Map();
  let number = 0;
  for (let minute = minutes; minute > 0; --minute) {
    const swell = 1 + 0.25 * Math.sin(minute / 9) + 0.1 * next();
    for (const source of sources) {
      const count = source.perMinute * swell * (0.8 + 0.4 * next());
      for (let i = 0; i < count; ++i) {
        const began = now - minute * 60_000 + Math.floor(next() * 58_000);
        const isFailed = next() < source.errors;
        const wasTriedElsewhere = !isFailed && next() < 0.03;
        const ttft = source.ttft * (0.7 + 0.6 * next() + (next() < 0.06 ? 3 : 0));
        const [tokensIn, tokensOut] = [
          200 + Math.floor(next() * 1500),
          40 + Math.floor(next() * 400),
        ];
        const cost = String(
          Math.round(tokensOut * source.price * 1000 + tokensIn * source.price * 250),
        );
        const record = {
          id: `req_past${String(++number).padStart(16, '0')}`,
          t: began,
          node,
          route: 'chat',
          model: source.model,
          provider: source.provider,
          status: isFailed ? 502 : 200,
          outcome: isFailed ? 'failed' : wasTriedElsewhere ? 'failover' : 'first_try',
          attempts: isFailed ? 3 : wasTriedElsewhere ? 2 : 1,
          ...(isFailed ? { error_code: 'upstream_unavailable' } : {}),
          ...(wasTriedElsewhere ? { first_provider: sources.at(-1).provider } : {}),
          stream: true,
          tokens_in: tokensIn,
          tokens_out: isFailed ? 0 : tokensOut,
          ...(isFailed ? {} : { ttft_ms: Math.round(ttft) }),
          latency_ms: Math.round(ttft + tokensOut * 4),
          overhead_ms: 0.4,
          cost_n: source.free || isFailed ? '0' : cost,
          ...(source.free && !isFailed ? { list_cost_n: cost } : {}),
          endpoint: '/v1/chat/completions',
          client: '127.0.0.1',
          finish: 'stop',
          config: 1,
        };
        const day = dayOf(began + record.latency_ms);
        days.set(day, (days.get(day) ?? '') + line(record));
      }
    }
  }
  const folder = path.join(data, 'requests');
  mkdirSync(folder, { recursive: true });
  for (const [day, text] of days)
    writeFileSync(path.join(folder, `${day}.jsonl`), text, { flag: 'a' });
  return number;
}
