// Whoever edits the document of a node, by the admin API.
import { readFileSync } from 'node:fs';
import path from 'node:path';

/// Without a key: the node's own admin key.
export function editorOf(gateway, key) {
  const bearer = key ?? readFileSync(path.join(gateway.data, 'admin-key'), 'utf8').trim();
  const call = async (method, where, body, headers = {}) => {
    const response = await gateway.fetch(`/admin/v1/config${where}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, ...headers },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const { status } = response;
    const header = (name) => response.headers.get(name);
    return { status, header, text, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    get: (where = '') => call('GET', where),
    post: (where, body, headers) => call('POST', where, body, headers),
    remove: (where) => call('DELETE', where),
    patch: (base, patch, headers = {}) =>
      call('PATCH', '', patch, {
        'content-type': 'application/json-patch+json',
        ...(base === undefined ? {} : { 'if-match': `"${base}"` }),
        ...headers,
      }),
    rollback: (base, to) => call('POST', '/rollback', { to }, { 'if-match': `"${base}"` }),
  };
}

/// A step of a patch.
export const put = (where, value) => ({ op: 'add', path: where, value });
