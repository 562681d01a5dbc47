// actors/api/openapi.yaml as the judge: what an answer of the admin API or an event of its stream
// must look like. `support.mjs` asks it about every answer that a test receives.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import Ajv2020 from 'ajv/dist/2020.js';
import YAML from 'yaml';

const base = '/admin/v1';
const folder = path.dirname(fileURLToPath(import.meta.url));
export const description = YAML.parse(
  readFileSync(path.join(folder, '../../actors/api/openapi.yaml'), 'utf8'),
);

const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
ajv.addSchema(description, 'openapi');
const validators = new Map();

/// Throws what is wrong with a value, by a JSON pointer to its schema in the file.
function check(pointer, value, what) {
  const $ref = `openapi#${pointer}`;
  if (!validators.has(pointer)) validators.set(pointer, ajv.compile({ $ref }));
  const validate = validators.get(pointer);
  if (validate(value)) return;
  const faults = validate.errors.map(
    ({ instancePath, message, params }) =>
      `  ${instancePath || 'the whole'} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(
    `${what} is not as openapi.yaml#${pointer} says:\n${faults.join('\n')}\n` +
      `It was: ${JSON.stringify(value).slice(0, 2000)}`,
  );
}

const escaped = (key) => key.replaceAll('~', '~0').replaceAll('/', '~1');

/// A path of the file that takes this one; one without parameters goes first.
function templateOf(pathname) {
  const fits = (template) => {
    const wanted = template.split('/');
    const given = pathname.split('/');
    return (
      wanted.length === given.length &&
      wanted.every((part, i) => (part.startsWith('{') ? given[i] !== '' : part === given[i]))
    );
  };
  const templates = Object.keys(description.paths).filter(fits);
  return templates.find((template) => !template.includes('{')) ?? templates[0];
}

/// Where the answer of that status is described, its $ref followed; undefined where it is not.
function describedAnswer(template, method, status) {
  const { responses } = description.paths[template][method];
  const key = String(status) in responses ? String(status) : 'default';
  if (!(key in responses)) return undefined;
  const referred = responses[key].$ref?.slice(1);
  const pointer = referred ?? `/paths/${escaped(template)}/${method}/responses/${key}`;
  const answer = referred
    ? description.components.responses[referred.split('/').at(-1)]
    : responses[key];
  return { pointer, answer };
}

/// Throws where an answer under /admin/v1 is not as the file says: path, status, type and body.
/// The body stays unread; that of a stream is not looked at (`validateEvent` is for its events).
export async function judgeAnswer(method, route, response) {
  const { pathname } = new URL(route, 'http://host');
  if (!pathname.startsWith(`${base}/`)) return;
  const what = `${method} ${pathname}: ${response.status}`;
  const operation = (method === 'HEAD' ? 'GET' : method).toLowerCase();
  const template = templateOf(pathname.slice(base.length));
  const type = response.headers.get('content-type')?.split(';')[0] ?? null;
  const body = async () => {
    const text = await response.clone().text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${what} has a body that is no JSON: ${text.slice(0, 500)}`);
    }
  };
  if (!template || !description.paths[template][operation]) {
    const expected = template ? 405 : 404;
    if (response.status !== expected || type !== 'application/problem+json')
      throw new Error(`${what} (${type}), and openapi.yaml knows no such operation`);
    if (method !== 'HEAD') check('/components/schemas/Problem', await body(), what);
    return;
  }
  const found = describedAnswer(template, operation, response.status);
  if (!found) throw new Error(`${what} is a status that openapi.yaml does not describe`);
  const { pointer, answer } = found;
  if (!answer.content) {
    if (type !== null && (await response.clone().text()) !== '')
      throw new Error(`${what} has a body, and openapi.yaml describes none`);
    return;
  }
  if (!(type in answer.content))
    throw new Error(
      `${what} is ${type}, and openapi.yaml says ${Object.keys(answer.content).join(', ')}`,
    );
  if (method === 'HEAD' || type === 'text/event-stream') return;
  check(`${pointer}/content/${escaped(type)}/schema`, await body(), what);
}

/// Throws where an event of GET /stream is not as the file says. `data`: as text, or parsed.
export function validateEvent(name, data) {
  const events = description.paths['/stream'].get['x-sse-events'];
  if (!(name in events)) throw new Error(`the event ${name} is not in openapi.yaml's x-sse-events`);
  const value = typeof data === 'string' ? JSON.parse(data) : data;
  check(`/paths/~1stream/get/x-sse-events/${escaped(name)}`, value, `the event ${name}`);
}
