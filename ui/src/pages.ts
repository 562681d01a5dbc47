import type { Component } from 'vue';
import type { RouteLocationNormalizedLoaded, RouteRecordRaw } from 'vue-router';

import type { Icon } from './components/icons';
import Overview from './pages/Overview.vue';

export interface PageMeta {
  title: string;
  icon: Icon;
  group: string;
  /** Behind `g`, goes there. */
  key: string;
  hasRange: boolean;
}

declare module 'vue-router' {
  // eslint-disable-next-line
  interface RouteMeta extends Partial<PageMeta> {
    /** Of a page about one of many: the path of the page of all. */
    parent?: string;
    /** It stays and shows the next one; else that has a page of its own. */
    goesOn?: boolean;
  }
}

function page(
  path: string,
  component: Component | (() => Promise<Component>),
  meta: PageMeta,
): RouteRecordRaw {
  return { path, component, meta: { ...meta } };
}

/// Every page, in the order of the rail. The node answers these paths with the index
/// (actors/api/pages.cpp).
export const pages: RouteRecordRaw[] = [
  page('/', Overview, {
    title: 'Overview',
    icon: 'overview',
    group: 'Observe',
    key: 'o',
    hasRange: true,
  }),
  page('/requests', () => import('./pages/Requests.vue'), {
    title: 'Requests',
    icon: 'list',
    group: 'Observe',
    key: 'r',
    hasRange: true,
  }),
  page('/providers', () => import('./pages/Providers.vue'), {
    title: 'Providers',
    icon: 'providers',
    group: 'Observe',
    key: 'p',
    hasRange: false,
  }),
  page('/cluster', () => import('./pages/Cluster.vue'), {
    title: 'Cluster',
    icon: 'cluster',
    group: 'Observe',
    key: 'c',
    hasRange: true,
  }),
];

/// Pages about one of many, which the rail does not name. Of these, too, the node must know.
export const pagesOfOne: RouteRecordRaw[] = [
  {
    path: '/requests/:id',
    component: () => import('./pages/Request.vue'),
    meta: { title: 'Request', parent: '/requests', hasRange: false, goesOn: true },
  },
  {
    path: '/providers/:name',
    component: () => import('./pages/Provider.vue'),
    meta: { title: 'Provider', parent: '/providers', hasRange: true },
  },
];

/// What a page is called: by what it is about, where that is one of many.
export function titleOf(route: Pick<RouteLocationNormalizedLoaded, 'meta' | 'params'>): string {
  const [one] = route.meta.parent ? Object.values(route.params) : [];
  return String(one ?? route.meta.title ?? '');
}

/// For aria-current: whether a path is that page, or a page about one of those that it shows.
export function currentOf(path: string, page: string): 'page' | 'true' | undefined {
  if (path === page) return 'page';
  return page !== '/' && path.startsWith(`${page}/`) ? 'true' : undefined;
}
