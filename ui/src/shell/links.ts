import type { RouteRecordRaw } from 'vue-router';

/// The page that shows most of what the server's link means: the page itself, or the nearest above
/// it; null where there is none but the first.
export function existingPage(href: string, pages: readonly RouteRecordRaw[]): string | null {
  let path = href.split(/[?#]/)[0] ?? '';
  while (path !== '' && path !== '/') {
    if (pages.some((page) => page.path === path)) return path;
    path = path.slice(0, path.lastIndexOf('/'));
  }
  return href === '/' ? '/' : null;
}
