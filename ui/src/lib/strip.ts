import type { ChartSpan } from './plot';

const minuteMs = 60_000;

const words: [letter: string, word: string][] = [
  ['o', 'fine'],
  ['w', 'with some errors'],
  ['e', 'mostly errors'],
  ['c', 'cooling down'],
  ['x', 'without traffic'],
];

/// A health strip for those who don't see it: `last 36 minutes: 33 fine, 3 with some errors`.
export function stripWords(strip: string): string {
  const said = words
    .map(([letter, word]) => ({ word, minutes: [...strip].filter((one) => one === letter).length }))
    .filter(({ minutes }) => minutes > 0)
    .map(({ word, minutes }) => `${minutes} ${word}`);
  return `last ${strip.length} minutes: ${said.join(', ')}`;
}

const tones: Readonly<Record<string, string>> = { o: '--ok', w: '--warn', e: '--err', c: '--info' };

/// The same as stretches of time, the last minute ending at `end`; none of it without traffic.
export function stripSpans(strip: string, end: number): ChartSpan[] {
  const spans: ChartSpan[] = [];
  const start = end - strip.length * minuteMs;
  [...strip].forEach((letter, i) => {
    const colour = tones[letter];
    const from = start + i * minuteMs;
    const last = spans.at(-1);
    if (colour === undefined) return;
    if (last && last.colour === colour && last.to === from) last.to += minuteMs;
    else spans.push({ from, to: from + minuteMs, colour });
  });
  return spans;
}
