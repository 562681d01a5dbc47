// The list of budgets, however many there are.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { hashOf } from './page.mjs';
import { Stage, documentOf } from './support.mjs';

const stage = new Stage();
after(() => stage.close());

test('many budgets are all listed as soon as the node answers', async () => {
  const count = 350;
  const names = Array.from({ length: count }, (_, i) => `app-${String(i).padStart(3, '0')}`);
  const budget = { usd: 1, period: 'month' };
  const keys = names.map((name) => [name, { hash: hashOf(name), budget }]);
  const dear = await stage.provider('dear');
  const gateway = await stage.gateway(documentOf({ dear }, { keys: Object.fromEntries(keys) }));
  const seen = [];
  for (let next = ''; next !== null; ) {
    const response = await gateway.admin(`/budgets?limit=200&cursor=${encodeURIComponent(next)}`);
    const page = await response.json();
    assert.equal(page.count.value, count);
    assert.ok(page.items.length <= 200);
    seen.push(...page.items.map(({ id }) => id));
    next = page.next;
  }
  assert.deepEqual(
    seen,
    names.map((name) => `key/${name}`),
  );
});
