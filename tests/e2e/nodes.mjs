// Several nodes as one cluster over mutual TLS, and the strict providers that judge what all of
// them send together.
import assert from 'node:assert/strict';

import { chat, demand } from './load.mjs';
import { documentOf, until } from './support.mjs';

// Links are found and lost within seconds, on a busy machine within more of them.
export const soon = (what, condition) => until(what, condition, 60_000);
export const portOf = (gateway) => /cluster port at (\S+)/.exec(gateway.running.output)?.[1];
export const chatModel = 'always/demo-small';

export function ask(node, model) {
  return fetch(`${node.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(chat(model)),
  });
}
export const answers = (node) =>
  soon('it answers', async () => (await ask(node, chatModel).catch(() => ({}))).status === 200);

/// Nodes that have found each other and agree on the first one's document. `placeOf` says what a
/// node of that name needs to run elsewhere than on this machine's own addresses.
export async function cluster(stage, authority, document, size, placeOf = () => ({})) {
  const nodes = [];
  for (let i = 1; i <= size; ++i) {
    const name = `gw-${i}`;
    const { host = '127.0.0.1', args: more = [], ...place } = await placeOf(name);
    const join = nodes.flatMap((other) => ['--join', portOf(other)]);
    const listen = ['--cluster-listen', `${host}:0`, '--cluster-tls', authority.issue(name)];
    const args = ['--node', name, ...listen, ...join, ...more];
    const node = await stage.gateway(document, { args, host, ...place });
    await soon('the cluster port listens', () => portOf(node));
    // Where it comes back after a kill, the others look for it.
    node.args[node.args.indexOf('--cluster-listen') + 1] = portOf(node);
    nodes.push(Object.assign(node, { name }));
  }
  for (const node of nodes) await answers(node);
  return nodes;
}

export const clusterOf = async (node) => (await node.admin('/cluster')).json();

/// Each of the nodes has a link with every other one, and misses nobody.
export async function whole(nodes) {
  const names = nodes.map(({ name }) => name).sort();
  for (const node of nodes)
    await soon(`${node.name} sees all`, async () => {
      const { members, links } = await clusterOf(node);
      const there = members.filter(({ state }) => state === 'ok').map(({ id }) => id);
      return links.length === names.length - 1 && `${there.sort()}` === `${names}`;
    });
}

/// A provider that allows far more than is asked of it, but has a limit to share.
export async function always(stage, options) {
  const provider = await stage.provider('always', 'openai', options);
  return provider.config({ limits: { rpm: 100_000 } });
}

const tokens = 6; // of a request: three in, three out

/// Limits of every kind in windows of that many seconds, so many requests in each.
export const judgesOf = (window, requests) => [
  { name: 'sliding', kind: 'sliding', window, rpm: requests },
  { name: 'fixed', kind: 'fixed', window, rpm: requests, phase: 3 },
  { name: 'bucket', kind: 'bucket', window, rpm: requests },
  { name: 'tokens', kind: 'sliding', window, tpm: requests * tokens },
];

/// Strict providers, the demand on them, and what became of it.
export class Court {
  #judges;
  #providers = {};
  #loads = [];
  #before = {};
  #began;
  configs = {};
  answers = {};

  static async of(stage, judges, options = {}) {
    const court = new Court();
    court.#judges = judges;
    for (const { name, kind, ...limits } of judges) {
      const { window, rpm, tpm } = limits;
      const judging = { limit_kind: kind, latency_ms: 15, ...limits, ...options };
      const provider = await stage.provider(name, 'openai', judging);
      const unit = rpm ? 'requests' : 'tokens';
      const windows = [{ unit, limit: rpm ?? tpm, window: `${window}s` }];
      court.#providers[name] = provider;
      court.configs[name] = provider.config({ limits: { windows } });
    }
    await court.begin();
    return court;
  }

  /// From now on is counted, and judged.
  async begin() {
    this.#began = Date.now();
    for (const { name } of this.#judges) {
      this.#before[name] = await this.#providers[name].status();
      this.answers[name] = { ok: 0, refused: 0, elsewhere: 0, other: [], times: [], by: {} };
    }
  }

  /// The document of these providers, and of one that is always there.
  async document(stage, options, more) {
    return documentOf({ ...this.configs, always: await always(stage, options) }, more);
  }

  /// `share` of five times what each provider allows, at that node. Clients that are told 503 ask
  /// the nodes of `elsewhere`.
  load(node, share, elsewhere = []) {
    for (const { name, window, rpm, tpm } of this.#judges) {
      const onAnswer = ({ status, text, at, asked }) => {
        const told = this.answers[name];
        const by = [node, ...elsewhere][asked - 1].name;
        told.elsewhere += asked - 1;
        if (status === 200) {
          ++told.ok;
          told.times.push(at);
          told.by[by] = (told.by[by] ?? 0) + 1;
        } else if (status === 429 || status === 503) ++told.refused;
        else told.other.push(`${status} ${text.slice(0, 200)}`);
      };
      const perSecond = (5 * share * (rpm ?? tpm / tokens)) / window;
      const bodyOf = () => chat(`${name}/demo-small`, 'echo: one two');
      this.#loads.push(demand({ gateway: node, elsewhere, perSecond, bodyOf, onAnswer }));
    }
  }
  /// The demand goes away from where it was.
  async move(...loads) {
    const before = this.#loads.splice(0);
    for (const [node, share, elsewhere] of loads) this.load(node, share, elsewhere);
    await Promise.all(before.map((load) => load.stop()));
  }
  rest() {
    return this.move();
  }

  /// Requests that this node has answered since the beginning, by each provider's name.
  answeredBy(node) {
    const counts = this.#judges.map(({ name }) => [name, this.answers[name].by[node.name] ?? 0]);
    return Object.fromEntries(counts);
  }

  /// No provider saw one request too many, demand was above what they allow, and at least that
  /// share of it was used.
  async verdict(t, used_min) {
    await this.rest();
    const seconds = (Date.now() - this.#began) / 1000;
    const spentOf = ({ allowed, tokens }, tpm) => (tpm ? tokens.input + tokens.output : allowed);
    for (const { name, window, rpm, tpm } of this.#judges) {
      const status = await this.#providers[name].status();
      const { ok, refused, elsewhere, other, by } = this.answers[name];
      const allowed = status.allowed - this.#before[name].allowed;
      const spent = spentOf(status, tpm) - spentOf(this.#before[name], tpm);
      const share = spent / (((rpm ?? tpm) * seconds) / window);
      t.diagnostic(
        `${name}: ${allowed} allowed, ${status.over} over, ${ok} answered ${JSON.stringify(by)}, ` +
          `${refused} refused, ${elsewhere} asked elsewhere, ${(share * 100).toFixed(1)} % used`,
      );
      assert.equal(status.over, 0, name);
      assert.deepEqual(other, [], name);
      assert.ok(refused > ok, `${name}: demand was above the limit`);
      assert.ok(share > used_min, `${name}: only ${share} of the limit was used`);
    }
  }
}

/// Three nodes that share the limits of a court, [court, ...nodes]; they end with the test.
export async function trial(t, stage, authority, judges) {
  const court = await Court.of(stage, judges);
  const nodes = await cluster(stage, authority, await court.document(stage), 3);
  t.after(async () => {
    await court.rest();
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
  });
  await whole(nodes);
  await court.begin();
  return [court, ...nodes];
}
