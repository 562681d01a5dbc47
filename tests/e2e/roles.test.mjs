// viewer < operator < admin, on every operation that the description has.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { description } from './openapi.mjs';
import { Page, asScript, hashOf } from './page.mjs';
import { Stage, documentOf } from './support.mjs';

const stage = new Stage();
const roles = ['viewer', 'operator', 'admin'];
const keyOf = (role) => `the key of the ${role}`;
let gateway;

before(async () => {
  const admins = {};
  for (const role of roles) admins[role] = { hash: hashOf(keyOf(role)), role };
  gateway = await stage.gateway(documentOf({ one: await stage.provider('one') }, { admins }));
});
after(() => stage.close());

/// The status and, of a problem, its detail; a stream is let go of.
async function outcome(response) {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('application/problem+json'))
    return { status: response.status, ...(await response.json()) };
  await response.body?.cancel();
  return { status: response.status };
}

const isBuilt = ({ detail, type }) =>
  detail !== 'There is nothing at this path.' && type !== 'method_not_allowed';

for (const [template, item] of Object.entries(description.paths))
  for (const [method, operation] of Object.entries(item)) {
    const needed = operation['x-role'] ?? 'viewer';
    const isOpen = operation.security?.length === 0;
    const route = template.replace(/\{\w+\}/, 'one');
    const call = async (key) => {
      const body = method === 'get' || method === 'delete' ? undefined : '{}';
      return outcome(await asScript(gateway, key, method.toUpperCase(), route, body));
    };
    test(`${method} ${template} is for ${isOpen ? 'anybody' : needed}`, async () => {
      const asAdmin = await call(keyOf('admin'));
      if (isOpen || !isBuilt(asAdmin)) return;
      for (const role of roles) {
        const { status, detail } = await call(keyOf(role));
        if (roles.indexOf(role) >= roles.indexOf(needed)) {
          assert.ok(status !== 401 && status !== 403, `${role}: ${status} ${detail}`);
          continue;
        }
        assert.equal(status, 403, role);
        assert.equal(detail, `This needs the role ${needed}; ${role} has the role ${role}.`);
      }
      const { status } = await outcome(
        await gateway.fetch(`/admin/v1${route}`, { method: method.toUpperCase() }),
      );
      assert.equal(status, 401);
    });
  }

test('a session has the role of its admin', async () => {
  for (const role of roles) {
    const page = new Page(gateway);
    await page.signIn(keyOf(role));
    assert.equal(page.me.role, role);
    const { status } = await page.fetch('POST', '/providers/one/undrain');
    assert.equal(status, role === 'viewer' ? 403 : 200, role);
  }
});

test('HEAD needs what GET needs', async () => {
  assert.equal((await gateway.fetch('/admin/v1/me', { method: 'HEAD' })).status, 401);
  assert.equal((await asScript(gateway, keyOf('viewer'), 'HEAD', '/me')).status, 200);
});
