// A browser and a fake gateway for the tests of one file: the gateway is another one each time.
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';

import { Browser } from './browser.mjs';
import { FakeGateway } from './fake-gateway.mjs';

/// `open` answers with a page; `fake` is then the gateway that it looks at. A path may be a
/// function, where it depends on what that gateway has.
export function fakeStage() {
  const stage = { browser: null, fake: null };
  before(async () => (stage.browser = await Browser.start()));
  after(() => stage.browser.close());
  afterEach(async () => {
    const { broken } = stage.fake;
    await stage.fake.close();
    assert.equal(broken, undefined);
  });
  stage.open = async (path, { prepare, sizes, ...options } = {}) => {
    stage.fake = await FakeGateway.start(sizes);
    prepare?.(stage.fake);
    const where = typeof path === 'function' ? path() : path;
    return stage.browser.page(stage.fake.url + where, options);
  };
  return stage;
}

export const isLive = (page) => page.locator('.live .dot').waitFor();
export const cardOf = (page, title) => page.locator('section.card', { hasText: title }).first();
