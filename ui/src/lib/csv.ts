import type { Schemas } from '../api/client';

type Row = Schemas['RequestRow'];

const columns = [
  'id',
  'request_id',
  't',
  'latency_ms',
  'ttft_ms',
  'status',
  'outcome',
  'attempts',
  'key',
  'team',
  'route',
  'asked_model',
  'model',
  'first_provider',
  'first_error',
  'provider',
  'node',
  'error_code',
  'stream',
  'tokens_in',
  'tokens_cached',
  'tokens_out',
  'tokens_reasoning',
  'cost_n',
  'list_cost_n',
] as const satisfies readonly (keyof Row)[];

// Callers choose some of the names: to a spreadsheet none shall be a formula.
const formula = /^[=+\-@\t\r]/;

function cell(value: Row[keyof Row]): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' && formula.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/// Rows of the log as RFC 4180 has it: times in ms since 1970, money in nano-dollars, nothing where
/// nothing is known.
export function csvOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map((name) => cell(row[name])).join(','));
  return [columns.join(','), ...lines, ''].join('\r\n');
}
