/// The one-time code of a link that a start has printed, `/#code=…`; null where there is none. It
/// is taken out of the address and of the browser's history at once.
export function takeCode(
  location: Pick<Location, 'hash' | 'pathname' | 'search'>,
  history: Pick<History, 'replaceState' | 'state'>,
): string | null {
  const code = new URLSearchParams(location.hash.replace(/^#/, '')).get('code');
  if (code === null) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  return code;
}
