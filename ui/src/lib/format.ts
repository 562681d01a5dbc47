/// Every number and time on the pages is written by these (dashboard.md, section 7).
/// What is not known, null, undefined or NaN, is written as a dash, never as 0.

export type Maybe = number | null | undefined;

export const unknown = '–';
const thin = '\u202f'; // thin no-break space: between a number and its unit
const space = '\u00a0'; // no-break space

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const grouped2 = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

function isUnknown(value: Maybe): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value);
}

const two = (value: number) => String(value).padStart(2, '0');

/// `2,147`, `61.2 k`, `4.81 M`.
export function count(value: Maybe): string {
  if (isUnknown(value)) return unknown;
  if (value < 9_999.5) return grouped.format(value);
  if (value < 999_950) return (value / 1e3).toFixed(1) + thin + 'k';
  if (value < 999_950_000) return short(value / 1e6) + thin + 'M';
  return short(value / 1e9) + thin + 'G';
}

const short = (value: number) => value.toFixed(value < 99.995 ? 2 : 1);

/// All digits, for titles.
export function exact(value: Maybe): string {
  return isUnknown(value) ? unknown : grouped.format(value);
}

/// Memory: `640 kB`, `57 MB`, `2.1 GB`.
export function bytes(value: Maybe): string {
  if (isUnknown(value)) return unknown;
  if (value < 999_500) return (value / 1e3).toFixed(0) + space + 'kB';
  if (value < 999_500_000) return (value / 1e6).toFixed(0) + space + 'MB';
  return (value / 1e9).toFixed(1) + space + 'GB';
}

/// Events in a unit of time, the unit named by the caller: `0.25`, `35.8`, `412`.
export function rate(value: Maybe): string {
  if (isUnknown(value)) return unknown;
  if (value === 0) return '0';
  if (value < 0.995) return value.toFixed(2);
  if (value < 99.95) return value.toFixed(1);
  return count(value);
}

/// A share between 0 and 1: `0.04 %`, `6.2 %`, `92 %`.
export function percent(ratio: Maybe): string {
  if (isUnknown(ratio)) return unknown;
  const value = ratio * 100;
  if (value === 0) return '0' + space + '%';
  if (value < 0.995) return value.toFixed(2) + space + '%';
  if (value < 9.95) return value.toFixed(1) + space + '%';
  return value.toFixed(0) + space + '%';
}

/// Nano-dollars; they come as text because they outgrow a number's 53 bits.
export type Nano = string | number | null | undefined;

export function dollarsOf(nano: Nano): number {
  return nano === null || nano === undefined ? NaN : Number(nano) / 1e9;
}

/// `$1,204.18`, `$39.15`, `$0.4118`, `$0.002060`; `zero` is what nothing at all is called.
export function money(nano: Nano, zero = '$0'): string {
  const dollars = dollarsOf(nano);
  if (Number.isNaN(dollars)) return unknown;
  if (dollars < 0) return '−' + money(-Number(nano), zero);
  if (dollars === 0) return zero;
  if (dollars < 0.000_001) return '<' + space + '$0.000001';
  if (dollars < 0.01) return '$' + dollars.toFixed(6);
  if (dollars < 1) return '$' + dollars.toFixed(4);
  return '$' + grouped2.format(dollars);
}

/// `0.41 ms`, `143 ms`, `1.38 s`, `4 m 06 s`, `9 h 29 m`, `4 d 06 h`.
export function duration(ms: Maybe): string {
  if (isUnknown(ms)) return unknown;
  if (ms <= 0) return '0' + space + 'ms';
  if (ms < 0.995) return ms.toFixed(2) + space + 'ms';
  if (ms < 999.5) return ms.toFixed(0) + space + 'ms';
  if (ms < 59_995) return (ms / 1e3).toFixed(2) + space + 's';
  return spell(Math.round(ms / 1e3), 1);
}

/// How long ago something was, or is still to last: `0.3 s`, `38 s`, `5 m`, `9 h 29 m`.
export function age(ms: Maybe): string {
  if (isUnknown(ms)) return unknown;
  if (ms < 9_950) return (Math.max(0, ms) / 1e3).toFixed(1) + space + 's';
  const seconds = Math.round(ms / 1e3);
  if (seconds < 60) return seconds + space + 's';
  if (seconds < 3600) return Math.floor(seconds / 60) + space + 'm';
  return spell(seconds, 60);
}

// Two neighbouring units, the first of at least `least` seconds.
function spell(seconds: number, least: number): string {
  const pair = (high: number, highUnit: string, low: number, lowUnit: string) =>
    high + space + highUnit + space + two(low) + space + lowUnit;
  if (seconds < 3600 && least < 60) return pair(Math.floor(seconds / 60), 'm', seconds % 60, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'm');
  const hours = Math.floor(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/// What is left until `at`, both in ms of the server's clock: `0:47`, `9 h 29 m`.
export function countdown(at: Maybe, now: number): string {
  if (isUnknown(at)) return unknown;
  const seconds = Math.max(0, Math.ceil((at - now) / 1e3));
  if (seconds < 3600) return Math.floor(seconds / 60) + ':' + two(seconds % 60);
  return spell(seconds, 60);
}

export type Zone = 'utc' | 'browser';

/// What the head of a column of times says.
export function zoneName(zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts();
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'local';
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let made = clocks.get(key);
  if (!made) {
    const timeZone = zone === 'utc' ? 'UTC' : undefined;
    made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone, hourCycle: 'h23' });
    clocks.set(key, made);
  }
  return made;
}

/// `14:30`, `14:30:33` or `14:30:33.114`.
export function time(t: Maybe, zone: Zone, detail: 'minutes' | 'seconds' | 'ms' = 'seconds') {
  if (isUnknown(t)) return unknown;
  const options: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  if (detail !== 'minutes') options.second = '2-digit';
  if (detail === 'ms') options.fractionalSecondDigits = 3;
  return clock(zone, options).format(t);
}

/// `23 Nov`, with the year where it is not `now`'s.
export function date(t: Maybe, zone: Zone, now: number): string {
  if (isUnknown(t)) return unknown;
  const year = (at: number) => clock(zone, { year: 'numeric' }).format(at);
  const day = clock(zone, { day: 'numeric', month: 'short' }).format(t);
  return year(t) === year(now) ? day : day + ' ' + year(t);
}

/// For titles.
export function iso(t: Maybe): string {
  return isUnknown(t) ? unknown : new Date(t).toISOString();
}

/// The length of a step: `30 s`, `5 m`, `6 h`, `1 d`.
export function step(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
    [1000, 's'],
  ];
  const [size, unit] = units.find(([one]) => ms % one === 0) ?? [1, 'ms'];
  return ms / size + space + unit;
}

/// For axes, where 60.0 is 60 and 2.00 s is 2 s.
export function trimmed(text: string): string {
  return text.replace(/\.0+(?!\d)/, '').replace(/(\.\d*[1-9])0+(?!\d)/, '$1');
}

/// A text in two parts, what is measured and its unit, for figures whose unit is set smaller.
export function parts(text: string): { value: string; unit: string } {
  const at = text.search(/[\u202f\u00a0]/);
  if (at < 0 || text.startsWith('<')) return { value: text, unit: '' };
  return { value: text.slice(0, at), unit: text.slice(at + 1) };
}
