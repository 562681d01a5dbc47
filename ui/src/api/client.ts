import type { components, paths } from './schema';

export type Schemas = components['schemas'];

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [_ in M]: object } ? P : never;
}[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends { [_ in M]: infer O }
  ? O
  : never;
type Parameters<O, Where extends string> = O extends { parameters: { [_ in Where]?: infer Q } }
  ? Q
  : never;
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? B
  : undefined;
type Answered<O> = O extends { responses: { 200: { content: { 'application/json': infer A } } } }
  ? A
  : void;

export type QueryOf<P extends PathOf<'get'>> = Parameters<Operation<P, 'get'>, 'query'>;
export type AnswerOf<P extends PathOf<'get'>> = Answered<Operation<P, 'get'>>;

/// Why a call failed: what the server said (problem+json), or that there was no answer.
export class Problem extends Error {
  constructor(
    /** HTTP status; 0 where nobody answered. */
    readonly status: number,
    readonly type: string,
    detail: string,
    readonly requestId: string | null = null,
    /** When to ask again, where the server said so. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

/** What stands for `{id}` and its like in a path. */
type Names = Record<string, string>;

interface Call {
  query?: object | undefined;
  path?: Names;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

const base = '/admin/v1';

/// The admin API, typed by its description. Calls carry the session's cookie and, where they write,
/// its CSRF value. Errors: Problem; an aborted call rejects with AbortError.
export class Client {
  /// For X-CSRF, from /me.
  csrf: string | null = null;
  /// Told of every 401: the session is over.
  onUnauthorized: () => void = () => undefined;

  get<P extends PathOf<'get'>>(
    path: P,
    query?: QueryOf<P>,
    signal?: AbortSignal,
    names: Names = {},
  ): Promise<AnswerOf<P>> {
    return this.call('get', path, { query: query ?? undefined, signal, path: names });
  }

  post<P extends PathOf<'post'>>(
    path: P,
    body: Body<Operation<P, 'post'>>,
    names: Names = {},
    headers: Record<string, string> = {},
  ): Promise<Answered<Operation<P, 'post'>>> {
    return this.call('post', path, { body, path: names, headers });
  }

  delete<P extends PathOf<'delete'>>(path: P): Promise<Answered<Operation<P, 'delete'>>> {
    return this.call('delete', path, {});
  }

  private async call<P extends keyof paths, M extends Method>(
    method: M,
    path: P,
    { query, path: names = {}, body, headers = {}, signal }: Call,
  ): Promise<Answered<Operation<P, M>>> {
    const place = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name] ?? ''));
    const sent: Record<string, string> = { accept: 'application/json', ...headers };
    if (body !== undefined) sent['content-type'] ??= 'application/json';
    if (method !== 'get' && this.csrf !== null) sent['x-csrf'] = this.csrf;
    const response = await ask(base + place + queryText(query), {
      method: method.toUpperCase(),
      headers: sent,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    if (!response.ok) {
      const problem = await problemOf(response);
      if (response.status === 401 && path !== '/session') this.onUnauthorized();
      throw problem;
    }
    const answer = response.status === 204 ? undefined : await response.json();
    return answer as Answered<Operation<P, M>>;
  }
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, 'unreachable', 'The gateway did not answer.');
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const said = await response.json().catch(() => ({}));
  const retry = Number(response.headers.get('retry-after') ?? NaN);
  return new Problem(
    response.status,
    typeof said.type === 'string' ? said.type : 'http',
    typeof said.detail === 'string' ? said.detail : response.statusText,
    said.request_id ?? response.headers.get('x-request-id'),
    Number.isNaN(retry) ? null : retry * 1000,
  );
}

/// Empty, or with its question mark; lists become repeated names.
export function queryText(query: object = {}): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') text.append(name, String(one));
    }
  }
  return text.size > 0 ? `?${text}` : '';
}
