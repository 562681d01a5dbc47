// What every end-to-end test stands on: the real executable as gateway and as simulated providers,
// on free ports and in folders of their own, gone when the stage closes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  existsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

import { judgeAnswer } from './openapi.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary =
  process.env.GATEWAY_EXECUTABLE ?? path.join(root, 'build/release/llm-gateway');

// Options of the machine's own must not change what is tested.
const surroundings = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('LLM_GATEWAY_')),
);

export const dialects = 'openai azure mistral anthropic gemini cohere ollama bedrock'.split(' ');
const versionPath = { openai: '/v1', gemini: '/v1beta' }; // the others' own clients add it

/// What a provider calls its models. Bedrock has those of many makers, told apart by their ids.
const idsOnBedrock = {
  'demo-small': 'us.anthropic.claude-haiku-4-5-demo-small-v1:0',
  'demo-large': 'us.anthropic.claude-haiku-4-5-demo-large-v1:0',
  'demo-embed': 'cohere.embed-v4:0',
};
export const upstreamName = (dialect, model) =>
  (dialect === 'bedrock' && idsOnBedrock[model]) || model;

/// A key of that name. AWS's is a temporary one, which signs (net/demo/README.md).
function keyOf(dialect, name) {
  if (dialect !== 'bedrock') return name;
  const id = `ASIA-${name}`;
  return {
    access_key_id: id,
    secret_access_key: `secret-of-${id}`,
    session_token: `session-of-${id}`,
  };
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/// Asks until `condition` is true; fails with `what` after `ms`.
export async function until(what, condition, ms = 5000) {
  const end = Date.now() + ms;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`after ${ms} ms still not: ${what}`);
    await sleep(20);
  }
}

/// One process of the executable; `url` is where it listens.
class Running {
  /// `within`: a command that becomes it, elsewhere than here.
  static async start(args, env = {}, within = []) {
    const running = new Running();
    running.output = '';
    const [program, ...words] = [...within, binary, ...args];
    running.child = spawn(program, words, {
      env: { ...surroundings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.ended = once(running.child, 'exit').then(([code, signal]) => ({ code, signal }));
    const listening = new Promise((resolve) => {
      for (const pipe of [running.child.stdout, running.child.stderr]) {
        pipe.setEncoding('utf8');
        pipe.on('data', (text) => {
          running.output = (running.output + text).slice(-100_000);
          const found = /listening on (https?:\/\/\S+)/.exec(running.output);
          if (found) resolve(found[1]);
        });
      }
    });
    const died = running.ended.then(({ code, signal }) => {
      throw new Error(
        `${args[0]} ended with ${code ?? signal} before it listened:\n${running.output}`,
      );
    });
    running.url = await Promise.race([listening, died]);
    died.catch(() => {}); // a later end is what `stop` waits for
    running.ended.then(({ code, signal }) => {
      if (running.stopping) return;
      running.crash = `${args[0]} ended by itself with ${code ?? signal}:\n${running.output}`;
    });
    return running;
  }

  /// Sends the signal and answers with {code, signal}.
  async stop(signal = 'SIGTERM') {
    this.stopping = true;
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.ended;
  }
}

/// A simulated provider and the way to steer it (net/demo/README.md).
class Provider {
  constructor(running, name, dialect) {
    Object.assign(this, { running, name, dialect, url: running.url });
    this.baseUrl = running.url + (versionPath[dialect] ?? '');
  }

  async order(order) {
    const response = await fetch(`${this.url}/control`, {
      method: 'POST',
      body: JSON.stringify(order),
    });
    if (!response.ok) throw new Error(await response.text());
  }
  async status() {
    return (await fetch(`${this.url}/control`)).json();
  }
  /// The last request as it arrived: {method, path, query, headers, body}.
  async last() {
    return (await fetch(`${this.url}/control/last`)).json();
  }
  stop(signal) {
    return this.running.stop(signal);
  }

  /// Its part of a document. Prices are in dollars per million tokens.
  config({ models = ['demo-small', 'demo-large'], price = { input: 1, output: 2 }, ...more } = {}) {
    const named = {};
    for (const model of models) {
      const upstream_name = upstreamName(this.dialect, model);
      named[model] = {
        price,
        ...(upstream_name === model ? {} : { upstream_name }),
        ...(model.includes('embed') ? { kind: 'embedding' } : {}),
      };
    }
    return {
      dialect: this.dialect,
      base_url: this.baseUrl,
      api_key: keyOf(this.dialect, `key-of-${this.name}`),
      ...(this.dialect === 'bedrock' ? { region: 'eu-central-1' } : {}),
      models: named,
      ...more,
    };
  }
}

/// One node, with its folders, its client and its admin API.
class Gateway {
  constructor(folder, args, within) {
    Object.assign(this, { folder, args, within });
    this.data = path.join(folder, 'data');
  }

  async launch() {
    this.running = await Running.start(this.args, {}, this.within);
    this.url = this.running.url;
    return this;
  }

  /// The official client. It doesn't retry, so that a test sees each answer.
  client(options = {}) {
    return new OpenAI({
      baseURL: `${this.url}/v1`,
      apiKey: 'client-key',
      maxRetries: 0,
      ...options,
    });
  }

  /// What is under /admin/v1 must be as actors/api/openapi.yaml says.
  async fetch(route, init) {
    const response = await fetch(this.url + route, init);
    await judgeAnswer(init?.method ?? 'GET', route, response);
    return response;
  }
  /// A body as it is, for what the official client would not send.
  post(route, body, headers = {}) {
    return this.fetch(route, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
  }
  /// GET under /admin/v1 with the admin key.
  async admin(route) {
    return this.fetch(`/admin/v1${route}`, {
      headers: { authorization: `Bearer ${this.adminKey()}` },
    });
  }
  adminKey() {
    return readFileSync(path.join(this.data, 'admin-key'), 'utf8').trim();
  }

  /// Every line of the journal, oldest first.
  records() {
    return readRecords(this.data);
  }

  stop(signal) {
    return this.running.stop(signal);
  }
  /// Starts again on what the last life left.
  async restart() {
    await this.stop();
    return this.launch();
  }
}

/// The official client of Anthropic's. It doesn't retry, so that a test sees each answer.
export const anthropicClient = (gateway, options = {}) =>
  new Anthropic({ baseURL: gateway.url, apiKey: 'client-key', maxRetries: 0, ...options });

export function readRecords(data) {
  const folder = path.join(data, 'requests');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl') && !name.endsWith('.traces.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter((record) => record.id !== undefined);
}

/// Whatever one test file starts; `close` ends all of it.
export class Stage {
  #providers = [];
  #gateways = [];
  #folders = [];

  folder() {
    const folder = mkdtempSync(path.join(tmpdir(), 'llm-gateway-e2e-'));
    this.#folders.push(folder);
    return folder;
  }

  /// Options as on the command line of `demo-provider`, without dashes: {rpm: 5, latency_ms: 20}.
  async provider(name, dialect = 'openai', options = {}) {
    const models = dialect === 'bedrock' ? { models: Object.values(idsOnBedrock).join() } : {};
    const all = { name, dialect, listen: '127.0.0.1:0', ...models, ...options };
    const words = Object.entries(all).flatMap(
      ([option, value]) => [`--${option.replaceAll('_', '-')}`, String(value)],
    );
    const running = await Running.start(['demo-provider', ...words]);
    const provider = new Provider(running, name, dialect);
    this.#providers.push(provider);
    return provider;
  }

  /// One provider of each dialect, by its name.
  async providers(options = {}) {
    const made = {};
    for (const dialect of dialects)
      made[dialect] = await this.provider(`demo-${dialect}`, dialect, options);
    return made;
  }

  /// `host` and `within`: the address it has, and the command it needs, where it runs elsewhere.
  /// `place` false: the node finds a place for its permit book itself.
  async gateway(document, more = {}) {
    const { args = [], threads = 2, host = '127.0.0.1', within = [], place = true } = more;
    const folder = this.folder();
    const config = path.join(folder, 'gateway.json');
    writeFileSync(config, JSON.stringify(document, null, 2));
    // The permit book of a real node lies in memory; where there is none it lies in the folder.
    const shm = existsSync('/dev/shm')
      ? mkdtempSync('/dev/shm/llm-gateway-e2e-')
      : path.join(folder, 'shm');
    mkdirSync(shm, { recursive: true });
    this.#folders.push(shm);
    const words = [
      ...['serve', '--config', config, '--data', path.join(folder, 'data')],
      ...(place ? ['--shm', shm] : []),
      ...['--listen', `${host}:0`, '--threads', String(threads), '--node', 'node-1', ...args],
    ];
    const gateway = new Gateway(folder, words, within);
    gateway.config = config;
    this.#gateways.push(gateway);
    return gateway.launch();
  }

  /// Fails where a process had ended by itself: no test may take that for an answer.
  async close() {
    const running = [...this.#gateways, ...this.#providers].map((one) => one.running);
    const crashes = running.map((one) => one?.crash).filter(Boolean);
    for (const one of running) await one?.stop('SIGKILL');
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    if (crashes.length > 0) throw new Error(crashes.join('\n'));
  }
}

/// A document of these providers, with no cooling down unless wished: what fails is asked again.
export function documentOf(providers, { settings = {}, ...more } = {}) {
  const named = {};
  for (const [name, provider] of Object.entries(providers))
    named[name] = typeof provider.config === 'function' ? provider.config() : provider;
  return { providers: named, settings: { cooldown: false, ...settings }, ...more };
}

export const user = (content) => [{ role: 'user', content }];

/// A one-pixel PNG as a data URL.
export const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk' +
  '+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/// All events of a raw stream: the text behind each `data: `.
export async function eventsOf(response) {
  const text = await response.text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6));
}
