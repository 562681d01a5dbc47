import type { RouteRecordRaw } from 'vue-router';

/// The page that shows most of what the server's link means: the page itself, or the nearest above
/// it; null where there is none but the first.
export function existingPage(href: string, pages: readonly RouteRecordRaw[]): string | null {
  let path = href.split(/[?#]/)[0] ?? '';
  while (path !== '' && path !== '/') {
    if (pages.some((page) => fits(page.path, path))) return path;
    path = path.slice(0, path.lastIndexOf('/'));
  }
  return href === '/' ? '/' : null;
}

// A part of a pattern that begins with a colon stands for any name.
function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => part === given[i] || (part.startsWith(':') && given[i] !== ''))
  );
}

export const providerPath = (id: string): string => `/providers/${encodeURIComponent(id)}`;
