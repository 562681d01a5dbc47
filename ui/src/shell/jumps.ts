export interface Jump {
  kind: string;
  name: string;
  to: string;
}

/// What fits a text, best first: names that begin with it, then those that have it anywhere.
export function jumpsFor(text: string, all: readonly Jump[]): Jump[] {
  const wanted = text.trim().toLowerCase();
  const at = (jump: Jump) => jump.name.toLowerCase().indexOf(wanted);
  const rank = (jump: Jump) => (at(jump) === 0 ? 0 : 1);
  return all.filter((jump) => at(jump) >= 0).sort((a, b) => rank(a) - rank(b));
}
