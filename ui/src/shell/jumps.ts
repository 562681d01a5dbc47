export interface Jump {
  kind: string;
  name: string;
  to: string;
}

const textBytesMax = 128; // of an id, and of a text to search

/// Ways to the request log: to the one of that id, the gateway's own or a caller's, and to those
/// that have it anywhere.
export function requestJumps(text: string): Jump[] {
  const wanted = text.trim();
  if (wanted.length < 3 || wanted.length > textBytesMax) return [];
  const part = encodeURIComponent(wanted);
  const all = { kind: 'Requests', name: `Search for “${wanted}”`, to: `/requests?q=${part}` };
  const isId = /\d/.test(wanted) && !/\s/.test(wanted);
  return isId ? [{ kind: 'Request', name: wanted, to: `/requests/${part}` }, all] : [all];
}

/// What fits a text, best first: names that begin with it, then those that have it anywhere.
export function jumpsFor(text: string, all: readonly Jump[]): Jump[] {
  const wanted = text.trim().toLowerCase();
  const at = (jump: Jump) => jump.name.toLowerCase().indexOf(wanted);
  const rank = (jump: Jump) => (at(jump) === 0 ? 0 : 1);
  return all.filter((jump) => at(jump) >= 0).sort((a, b) => rank(a) - rank(b));
}
