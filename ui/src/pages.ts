import type { Component } from 'vue';
import type { RouteRecordRaw } from 'vue-router';

import type { Icon } from './components/icons';
import Overview from './pages/Overview.vue';

export interface PageMeta {
  title: string;
  icon: Icon;
  group: string;
  /** Behind `g`, goes there. */
  key: string;
  hasRange: boolean;
  /** Path of the page that it belongs to, where it is none of the rail. */
  parent?: string;
}

declare module 'vue-router' {
  // eslint-disable-next-line
  interface RouteMeta extends Partial<PageMeta> {}
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
];

/// What is opened from one of them, and has its place in the address.
export const details: RouteRecordRaw[] = [
  {
    path: '/requests/:id',
    component: () => import('./pages/Request.vue'),
    meta: { title: 'Request', parent: '/requests', hasRange: false },
  },
];
