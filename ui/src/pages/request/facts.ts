import { count, duration, exact, money, rate } from '../../lib/format';
import { costText, known, speedOf, type RequestRow } from '../../lib/requestRow';

/// What is said of a request beside the list.
export function factsOf(row: RequestRow): [name: string, value: string][] {
  const speed = speedOf(row);
  const fast = Number.isNaN(speed) ? '' : `, ${rate(speed)} tok/s`;
  const isCheaper = row.list_cost_n !== null && row.list_cost_n !== row.cost_n;
  return [
    ['Model', row.provider ? `${known(row.model)} on ${row.provider}` : known(row.model)],
    ['Key, node', `${known(row.key)}, ${row.node}`],
    ['Tokens', `${exact(row.tokens_in)} in, ${exact(row.tokens_out)} out`],
    ['First token', duration(row.ttft_ms)],
    ['Total', duration(row.latency_ms) + fast],
    ['Cost', costText(row) + (isCheaper ? `, list price ${money(row.list_cost_n)}` : '')],
    ...(row.error_code ? [['Error', row.error_code.replaceAll('_', ' ')] as [string, string]] : []),
    ...(row.estimated ? [['Usage', 'estimated'] as [string, string]] : []),
  ];
}

/// `1 failover`, `2 failovers`; nothing where the first attempt was the last.
export function failoverWords({ attempts }: RequestRow): string {
  if (attempts < 2) return '';
  return `${count(attempts - 1)} failover${attempts === 2 ? '' : 's'}`;
}
