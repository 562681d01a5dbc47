// The request log in other orders than its own, and what is told of a single request.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Stage, documentOf, until, user } from './support.mjs';

const stage = new Stage();
let gateway;

before(async () => {
  const cheap = await stage.provider('cheap', 'openai');
  const dear = await stage.provider('dear', 'anthropic');
  const target = (provider, model) => ({ provider, model });
  gateway = await stage.gateway(
    documentOf(
      {
        cheap: cheap.config({ price: { input: 1, output: 1 } }),
        dear: dear.config({ price: { input: 100, output: 100 } }),
      },
      {
        routes: {
          both: {
            policy: 'priority',
            targets: [target('cheap', 'demo-small'), target('dear', 'demo-large')],
          },
        },
      },
    ),
  );
  await cheap.order({ fail: '500', count: 1 });
  for (const [model, content] of [
    ['both', 'count to 3'],
    ['cheap/demo-small', 'count to 5'],
    ['no-such-model', 'count to 5'],
    ['dear/demo-large', 'count to 9'],
    ['cheap/demo-small', 'count to 5'],
    ['dear/demo-large', 'count to 2'],
  ]) {
    const stream = model.startsWith('dear');
    const response = await gateway.post('/v1/chat/completions', {
      model,
      messages: user(content),
      stream,
    });
    await response.text();
  }
  await until('all are in the log', async () => (await get('/requests')).items.length === 6);
});
after(() => stage.close());

async function get(route) {
  const response = await gateway.admin(route);
  const body = await response.json();
  assert.equal(response.status, 200, `${route}: ${JSON.stringify(body)}`);
  return body;
}

/// The ids of all pages of a list, one after the other.
async function pages(route, limit) {
  const ids = [];
  for (let next = ''; next !== null; ) {
    const cursor = next && `&cursor=${encodeURIComponent(next)}`;
    const page = await get(`${route}&limit=${limit}${cursor}`);
    ids.push(...page.items.map(({ id }) => id));
    next = page.next;
  }
  return ids;
}

for (const column of ['latency_ms', 'ttft_ms', 'cost_n', 'tokens_in', 'tokens_out', 'attempts'])
  test(`the list can be in the order of ${column}`, async () => {
    const { items, count } = await get('/requests?limit=500');
    const place = new Map(items.map(({ id }, index) => [id, index])); // newest first
    const known = ({ [column]: value }) => value !== null;
    const number = ({ [column]: value }) => Number(value);
    for (const sign of [1, -1]) {
      const expected = items
        .toSorted((a, b) =>
          known(a) && known(b)
            ? sign * (number(a) - number(b)) || place.get(a.id) - place.get(b.id)
            : known(b) - known(a) || place.get(a.id) - place.get(b.id),
        )
        .map(({ id }) => id);
      const route = `/requests?sort=${sign < 0 ? '-' : ''}${column}`;
      assert.deepEqual(await pages(route, 2), expected);
      assert.deepEqual((await get(route)).count, count);
    }
  });

test('a cursor is good for the order it came from', async () => {
  const { next } = await get('/requests?sort=-cost_n&limit=1');
  const refused = await gateway.admin(`/requests?limit=1&cursor=${next}`);
  assert.equal(refused.status, 400);
  assert.equal((await refused.json()).param, 'cursor');
});

test('a single request has what came with it, and what it used', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const parameters = { type: 'object', properties: {} };
  const tools = [{ type: 'function', function: { name: 'look', parameters } }];
  const body = { model: 'cheap/demo-small', messages: user('count to 5'), tools };
  const response = await gateway.post('/v1/chat/completions', body, { traceparent });
  await response.text();
  const detail = await get(`/requests/${response.headers.get('x-request-id')}`);
  const { request, usage } = detail;
  assert.deepEqual([request.tools, request.traceparent, request.http], [1, traceparent, '1.1']);
  assert.equal(usage.price_ref, `prices@${detail.config_version}`);
  assert.equal(usage.cost_n, request.cost_n);
});

test('a problem has the id of its request, ours or the caller’s', async () => {
  const ours = await gateway.admin('/requests?limit=0');
  const { request_id: id } = await ours.json();
  assert.match(id, /^req_/);
  assert.equal(ours.headers.get('x-request-id'), id);
  const headers = { authorization: `Bearer ${gateway.adminKey()}`, 'x-request-id': 'mine-1' };
  const theirs = await gateway.fetch('/admin/v1/providers/nobody', { headers });
  assert.equal((await theirs.json()).request_id, 'mine-1');
});
