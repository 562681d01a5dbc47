import { afterEach, expect, test, vi } from 'vitest';

import { Client, Problem, queryText } from '../src/api/client';
import { Session } from '../src/store/session';

const asked: { url: string; init: RequestInit }[] = [];

function answering(...answers: (Response | Error)[]): Client {
  asked.length = 0;
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push({ url, init });
    const answer = answers.shift()!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return new Client();
}

const json = (body: object, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const me = { name: 'ops', role: 'viewer', csrf: 'c' };

afterEach(() => vi.unstubAllGlobals());

test('a query leaves out what is not there and repeats what is a list', () => {
  expect(queryText({ a: 1, b: undefined, c: '', d: ['x', 'y&z'], e: 0 })).toBe(
    '?a=1&d=x&d=y%26z&e=0',
  );
  expect(queryText(undefined)).toBe('');
});

test('a write carries the value against forgery, a read does not', async () => {
  const client = answering(json({}), json({}));
  client.csrf = 'c';
  await client.get('/me');
  await client.post('/session', { token: 't' });
  expect(asked[0]!.url).toBe('/admin/v1/me');
  expect(asked[0]!.init.headers).not.toHaveProperty('x-csrf');
  expect(asked[1]!.init).toMatchObject({
    method: 'POST',
    body: '{"token":"t"}',
    headers: { 'x-csrf': 'c', 'content-type': 'application/json' },
  });
});

test('names in a path are written so that they stay one part of it', async () => {
  const client = answering(json({}), json({}));
  await client.get('/providers/{id}', {}, undefined, { id: 'a/b c' });
  await client.post('/providers/{id}/drain', undefined, { id: 'x' }, { 'idempotency-key': 'k' });
  expect(asked.map(({ url }) => url)).toEqual([
    '/admin/v1/providers/a%2Fb%20c',
    '/admin/v1/providers/x/drain',
  ]);
  expect(asked[1]!.init.headers).toMatchObject({ 'idempotency-key': 'k' });
  expect(asked[1]!.init).not.toHaveProperty('body');
});

test('a problem says what the server said', async () => {
  const said = { type: 'storage_unavailable', detail: 'storage busy', request_id: 'req_1' };
  const client = answering(json(said, 503, { 'retry-after': '4' }));
  const problem = await client.get('/me').catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({
    status: 503,
    type: 'storage_unavailable',
    message: 'storage busy',
    requestId: 'req_1',
    retryAfterMs: 4000,
  });
});

test('no answer, and an answer that is none, are problems too', async () => {
  const client = answering(new TypeError('refused'), new Response('<html>', { status: 502 }));
  await expect(client.get('/me')).rejects.toMatchObject({ status: 0 });
  await expect(client.get('/me')).rejects.toMatchObject({ status: 502 });
});

test('a question that nobody waits for any more is no problem', async () => {
  const client = answering(new DOMException('over', 'AbortError'));
  await expect(client.get('/me')).rejects.toMatchObject({ name: 'AbortError' });
});

test('a session begins with what the browser still has, and ends with a 401', async () => {
  const client = answering(json(me), json({ detail: 'over' }, 401));
  const session = new Session(client);
  await session.start(null);
  expect(session.state.value).toBe('in');
  expect(client.csrf).toBe('c');
  await client.get('/me').catch(() => undefined);
  expect(session.state.value).toBe('over');
  expect(session.me.value?.name).toBe('ops');
});

test('the code of a link signs in; where it is spent, what the browser has counts', async () => {
  const session = new Session(answering(json(me)));
  await session.start('code');
  expect(asked[0]!.init.body).toBe('{"token":"code"}');
  expect(session.state.value).toBe('in');

  const other = new Session(answering(json({ detail: 'spent' }, 401), json(me)));
  await other.start('code');
  expect(other.state.value).toBe('in');
});

test('who has no session is asked to sign in, and told why it failed', async () => {
  const session = new Session(answering(json({}, 401), json({ detail: 'No such key.' }, 401)));
  await session.start(null);
  expect(session.state.value).toBe('none');
  expect(await session.signIn('wrong')).toBe(false);
  expect(session.refusal.value).toBe('No such key.');
  expect(session.state.value).toBe('none');
});

test('a gateway that does not answer is not taken for one that wants a key', async () => {
  const session = new Session(answering(new TypeError('refused')));
  await session.start(null);
  expect(session.state.value).toBe('unreachable');
});

test('after signing out nothing of the session is left', async () => {
  const client = answering(json(me), new Response(null, { status: 204 }));
  const session = new Session(client);
  await session.start(null);
  await session.signOut();
  expect(asked[1]!.init).toMatchObject({ method: 'DELETE', headers: { 'x-csrf': 'c' } });
  expect([session.state.value, session.me.value, client.csrf]).toEqual(['none', null, null]);
});
