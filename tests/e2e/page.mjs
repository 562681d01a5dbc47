// What a page of the dashboard is to a node: a browser's cookies and the value for X-CSRF.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const hashOf = (key) => `sha256:${createHash('sha256').update(key).digest('hex')}`;

/// The node's own admin key, as its first start made it.
export const ownKey = (gateway) =>
  readFileSync(path.join(gateway.data, 'admin-key'), 'utf8').trim();

/// The one-time code of the link that the last start printed.
export const codeOf = (gateway) => /\/#code=(\S+)/.exec(gateway.running.output)[1];

/// A script's call under /admin/v1, with an admin key.
export function asScript(gateway, key, method, route, body, headers = {}) {
  return gateway.fetch(`/admin/v1${route}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/// The answer to a patch on the document in force, with the node's own key.
export async function edit(gateway, patch, note = '') {
  const { version } = await (await gateway.admin('/config')).json();
  return asScript(gateway, ownKey(gateway), 'PATCH', '/config', patch, {
    'content-type': 'application/json-patch+json',
    'if-match': `"${version}"`,
    'x-note': note,
  });
}

export class Page {
  constructor(gateway) {
    this.gateway = gateway;
  }

  /// The answer to a sign-in; keeps cookie and X-CSRF where it is a good one.
  async signIn(token, headers = {}) {
    const response = await this.gateway.post('/admin/v1/session', { token }, headers);
    if (response.status === 200) {
      this.setCookie = response.headers.get('set-cookie');
      this.cookie = this.setCookie.split(';')[0];
      this.me = await response.json();
    }
    return response;
  }

  /// A call as the page makes it; `csrf: null` leaves the header out.
  fetch(method, route, body, { csrf = this.me.csrf, ...headers } = {}) {
    const all = { cookie: this.cookie, ...headers };
    if (csrf !== null && method !== 'GET') all['x-csrf'] = csrf;
    if (body !== undefined) all['content-type'] ??= 'application/json';
    return this.gateway.fetch(`/admin/v1${route}`, {
      method,
      headers: all,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
  }
}
