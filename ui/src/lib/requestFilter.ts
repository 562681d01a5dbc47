import { count, duration, money } from './format';

/// Conditions on the request log, `field:op:value`: so they stand in the address, and so the admin
/// API takes them. Here they become words, and what somebody types becomes one of them.

type FieldKind = 'text' | 'status' | 'flag' | 'number' | 'duration' | 'money';

interface Field {
  word: string;
  kind: FieldKind;
}

export const fields: Readonly<Record<string, Field>> = {
  status: { word: 'status', kind: 'status' },
  route: { word: 'route', kind: 'text' },
  model: { word: 'model', kind: 'text' },
  provider: { word: 'provider', kind: 'text' },
  key: { word: 'key', kind: 'text' },
  node: { word: 'node', kind: 'text' },
  team: { word: 'team', kind: 'text' },
  error_code: { word: 'error', kind: 'text' },
  attempts: { word: 'attempts', kind: 'number' },
  tokens_in: { word: 'tokens in', kind: 'number' },
  tokens_out: { word: 'tokens out', kind: 'number' },
  ttft_ms: { word: 'first token', kind: 'duration' },
  latency_ms: { word: 'latency', kind: 'duration' },
  cost_n: { word: 'cost', kind: 'money' },
  stream: { word: 'streamed', kind: 'flag' },
};

export const outcomes = ['first_try', 'failover', 'failed', 'cancelled', 'cut', 'refused'];

const ops: Readonly<Record<string, string>> = {
  eq: '',
  in: '',
  ne: 'not ',
  gt: 'over ',
  ge: 'at least ',
  lt: 'under ',
  le: 'at most ',
};
// The longer sign first where one begins with the other.
const signs: [sign: string, op: string][] = [
  ['!=', 'ne'],
  ['>=', 'ge'],
  ['<=', 'le'],
  ['>', 'gt'],
  ['<', 'lt'],
  ['=', 'eq'],
  [':', 'eq'],
];
const isMeasured = (kind: FieldKind) => ['number', 'duration', 'money'].includes(kind);

/// A condition in words: `tokens in`, `over 100`. One that is not understood is said as it is.
export function conditionWords(condition: string): { field: string; rest: string } {
  const [, name = '', op = '', value = ''] = /^([^:]*):([^:]*):(.*)$/s.exec(condition) ?? [];
  const field = fields[name];
  const said = ops[op];
  if (!field || said === undefined) return { field: '', rest: condition };
  const values = op === 'in' ? value.split(',') : [value];
  return {
    field: field.word,
    rest: said + values.map((one) => valueWords(field, one)).join(' or '),
  };
}

function valueWords({ kind }: Field, value: string): string {
  if (value === '') return 'none';
  switch (kind) {
    case 'number':
      return count(Number(value));
    case 'duration':
      return duration(Number(value));
    case 'money':
      return money(value);
    case 'flag':
      return value === 'true' ? 'yes' : 'no';
    default:
      return value.replaceAll('_', ' ');
  }
}

export type Typed = { condition: string } | { text: string } | { problem: string };

/// What was typed: `cost > $0.01`, `provider = groq, cerebras`. What has no sign is a text to
/// search for.
export function readTyped(typed: string): Typed {
  const parts = partsOf(typed);
  if (!parts) return { text: typed.trim() };
  const { name, field, op, value } = parts;
  if (value === '') return { problem: `${field.word} of what?` };
  const isOrder = !['eq', 'ne'].includes(op);
  const isText = field.kind === 'text' || (field.kind === 'status' && !/^\d+$/.test(value));
  if (isOrder && (isText || field.kind === 'flag')) {
    return { problem: `${field.word} has no order: use = or !=` };
  }
  // In a number a comma is one of thousands.
  const texts = isMeasured(field.kind) ? [value] : value.split(',');
  const values = texts.map((one) => valueOf(field, one.trim()));
  if (values.includes(null)) return { problem: expectation(field) };
  if (values.length === 1) return { condition: `${name}:${op}:${values[0]}` };
  if (op !== 'eq') return { problem: 'Several values go with = only' };
  return { condition: `${name}:in:${values.join(',')}` };
}

interface Parts {
  name: string;
  field: Field;
  op: string;
  value: string;
}

function partsOf(typed: string): Parts | null {
  const [, word = '', sign = '', value = ''] =
    /^([\w ]+?)\s*(!=|>=|<=|[=<>:])(.*)$/s.exec(typed) ?? [];
  const name = nameOf(word);
  const op = signs.find(([one]) => one === sign)?.[1];
  if (name === null || op === undefined) return null;
  return { name, field: fields[name]!, op, value: value.trim() };
}

// As the API names it or as the page does.
function nameOf(word: string): string | null {
  const wanted = word.trim().toLowerCase();
  const found = Object.entries(fields).find(
    ([name, field]) => name === wanted || field.word === wanted,
  );
  return found?.[0] ?? null;
}

function valueOf({ kind }: Field, text: string): string | null {
  switch (kind) {
    case 'number':
      return numberOf(text, { '': 1, k: 1e3, m: 1e6 });
    case 'duration':
      return numberOf(text, { '': 1, ms: 1, s: 1000, m: 60_000 });
    case 'money':
      return numberOf(text.replace(/^\$/, ''), { '': 1e9 });
    case 'flag':
      return { yes: 'true', true: 'true', no: 'false', false: 'false' }[text.toLowerCase()] ?? null;
    case 'status': {
      const outcome = text.toLowerCase().replaceAll(' ', '_');
      return /^\d{3}$/.test(text) || outcomes.includes(outcome) ? outcome : null;
    }
    default:
      return text === 'none' ? '' : text;
  }
}

function numberOf(text: string, units: Record<string, number>): string | null {
  const [, digits = '', unit = ''] = /^(\d[\d ,]*(?:\.\d+)?|\.\d+)\s*([a-z]*)$/i.exec(text) ?? [];
  const size = units[unit.toLowerCase()];
  const value = Number(digits.replace(/[ ,]/g, '')) * (size ?? NaN);
  return digits === '' || Number.isNaN(value) ? null : String(Math.round(value));
}

function expectation({ word, kind }: Field): string {
  switch (kind) {
    case 'number':
      return `${word} is a number: 100, 1.5k`;
    case 'duration':
      return `${word} is a time: 800 ms, 2 s`;
    case 'money':
      return `${word} is in dollars: $0.01`;
    case 'flag':
      return `${word} is yes or no`;
    default:
      return `${word} is a number such as 502, or ${outcomes.join(', ').replaceAll('_', ' ')}`;
  }
}

export interface Suggestion {
  label: string;
  hint: string;
  /** What the field then holds, for more to be typed; or the condition that is complete. */
  then: { typed: string } | { condition: string };
}

/// What may be meant by what was typed so far; `known` are values that texts have.
export function suggestionsFor(
  typed: string,
  known: Readonly<Record<string, readonly string[]>>,
): Suggestion[] {
  const parts = partsOf(typed);
  if (parts) return valueSuggestions(parts, known);
  const wanted = typed.trim().toLowerCase();
  return Object.entries(fields)
    .filter(([name, { word }]) => word.includes(wanted) || name.startsWith(wanted))
    .map(([, { word, kind }]) => ({
      label: word,
      hint: isMeasured(kind) ? '> < =' : '= !=',
      then: { typed: word + (isMeasured(kind) ? ' > ' : ' = ') },
    }));
}

function valueSuggestions(
  { name, field, op, value }: Parts,
  known: Readonly<Record<string, readonly string[]>>,
): Suggestion[] {
  if (isMeasured(field.kind) || !['eq', 'ne'].includes(op)) return [];
  const all =
    { status: outcomes, flag: ['true', 'false'] }[field.kind as string] ?? known[name] ?? [];
  const wanted = value.toLowerCase();
  return all
    .map((one) => ({ one, words: valueWords(field, one) }))
    .filter(({ one, words }) => one.toLowerCase().includes(wanted) || words.includes(wanted))
    .map(({ one, words }) => ({
      label: words,
      hint: field.word,
      then: { condition: `${name}:${op}:${one}` },
    }));
}
