import { readFileSync } from 'node:fs';

import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, test } from 'vitest';

import { eventNames } from '../src/api/stream';

const description = new URL('../../actors/api/openapi.yaml', import.meta.url);

test('the types are those of openapi.yaml: else `npm run types`', async () => {
  const file = new URL('../src/api/schema.d.ts', import.meta.url);
  const made = COMMENT_HEADER + astToString(await openapiTS(description));
  expect(readFileSync(file, 'utf8')).toBe(made);
});

test('the stream’s events are those of openapi.yaml', () => {
  const [, block] = /x-sse-events:\n((?: {8}.*\n)+)/.exec(readFileSync(description, 'utf8'))!;
  expect([...block!.matchAll(/^ {8}(\w+):/gm)].map((m) => m[1])).toEqual([...eventNames]);
});
