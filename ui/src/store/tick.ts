import type { Schemas } from '../api/client';

/// What the stream tells apart; the letter is its name in ticks.
export type Kind = 'provider' | 'node' | 'model' | 'key';

const letters = { provider: 'p', node: 'n', model: 'm', key: 'k' } as const;
const kinds = Object.keys(letters) as Kind[];

/// Counts of one row, or of all, since the tick before. NaN: the stream does not say.
export interface Counts {
  requests: number;
  tokensIn: number;
  tokensOut: number;
  costN: number;
}

export interface ProviderChange extends Counts {
  attempts: number;
  failed: number;
  inflight: number;
  ttftP50: number;
  ttftP95: number;
  /** Of rpm, tpm, rpd, tpd: how full the fullest window of that name is; NaN: unlimited. */
  fill: [number, number, number, number];
}

export interface NodeChange {
  requests: number;
  errors: number;
  inflight: number;
  ttft: number;
  /** Cores in use. */
  cpu: number;
  /** Bytes. */
  rss: number;
}

export interface Tick {
  t: number;
  totals: Counts & { errors: number; failovers: number };
  ttft: { p50: number; p95: number; p99: number };
  providers: Map<string, ProviderChange>;
  nodes: Map<string, NodeChange>;
  models: Map<string, Counts>;
  keys: Map<string, Counts>;
}

/// The small numbers that stand for names in ticks.
export class Names {
  private readonly known: Record<Kind, Map<string, string>> = {
    provider: new Map(),
    node: new Map(),
    model: new Map(),
    key: new Map(),
  };

  learn(ids: Schemas['Ids'] | undefined): void {
    for (const kind of kinds) {
      for (const [name, number] of Object.entries(ids?.[letters[kind]] ?? {})) {
        this.known[kind].set(String(number), name);
      }
    }
  }

  forget(): void {
    for (const kind of kinds) this.known[kind].clear();
  }

  of(kind: Kind, number: string): string | undefined {
    return this.known[kind].get(number);
  }
}

const or = (value: number | null | undefined): number => value ?? NaN;
const thousandths = (value: number | null | undefined): number => or(value) / 1000;

/// Rows whose number has no name are left out: their names come with a later snapshot.
function rows<Row>(
  found: Schemas['TickRows'] | undefined,
  nameOf: (number: string) => string | undefined,
  read: (row: readonly (number | null)[]) => Row,
): Map<string, Row> {
  const named = new Map<string, Row>();
  for (const [number, row] of Object.entries(found ?? {})) {
    const name = nameOf(number);
    if (name !== undefined) named.set(name, read(row));
  }
  return named;
}

function spender(row: readonly (number | null)[]): Counts {
  return { requests: or(row[0]), tokensIn: or(row[2]), tokensOut: or(row[3]), costN: or(row[4]) };
}

function provider(row: readonly (number | null)[]): ProviderChange {
  return {
    requests: or(row[0]),
    attempts: or(row[1]),
    failed: or(row[2]),
    inflight: or(row[3]),
    ttftP50: or(row[4]),
    ttftP95: or(row[5]),
    tokensIn: or(row[6]),
    tokensOut: or(row[7]),
    costN: or(row[8]),
    fill: [thousandths(row[9]), thousandths(row[10]), thousandths(row[11]), thousandths(row[12])],
  };
}

function node(row: readonly (number | null)[]): NodeChange {
  return {
    requests: or(row[0]),
    errors: or(row[1]),
    inflight: or(row[2]),
    ttft: or(row[3]),
    cpu: thousandths(row[4]),
    rss: or(row[5]),
  };
}

/// A tick with names and units, its own new names learned.
export function readTick(event: Schemas['TickEvent'], names: Names): Tick {
  names.learn(event.ids);
  const [requests, errors, failovers, tokensIn, tokensOut, costN] = event.tot;
  const of = (kind: Kind) => (number: string) => names.of(kind, number);
  return {
    t: event.t,
    totals: {
      requests: or(requests),
      errors: or(errors),
      failovers: or(failovers),
      tokensIn: or(tokensIn),
      tokensOut: or(tokensOut),
      costN: or(costN),
    },
    ttft: { p50: or(event.ttft[0]), p95: or(event.ttft[1]), p99: or(event.ttft[2]) },
    providers: rows(event.p, of('provider'), provider),
    nodes: rows(event.n, of('node'), node),
    models: rows(event.m, of('model'), spender),
    keys: rows(event.k, of('key'), spender),
  };
}
