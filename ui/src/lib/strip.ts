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
