import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Stage, binary, documentOf, until, user } from './support.mjs';

const stage = new Stage();
let paid;
let free;
let gateway;

const price = { input: 3, output: 15 };

before(async () => {
  paid = await stage.provider('paid', 'anthropic');
  free = await stage.provider('free', 'openai');
  gateway = await stage.gateway(
    documentOf(
      { paid: paid.config({ price }), free: free.config({ price, free_tier: true }) },
      {
        routes: {
          both: {
            policy: 'priority',
            targets: [
              { provider: 'paid', model: 'demo-small' },
              { provider: 'free', model: 'demo-small' },
            ],
          },
        },
      },
    ),
  );
});
after(() => stage.close());

let asked = 0;
/// Asks under an id of its own; answers with the id when the answer was read to its end.
async function ask(model, { content = 'count to 5', ...more } = {}) {
  const id = `ledger-${process.pid}-${++asked}`;
  const response = await gateway.post(
    '/v1/chat/completions',
    { model, messages: user(content), ...more },
    { 'x-request-id': id },
  );
  await response.text();
  return { id, response };
}

const recordsOf = (id) => gateway.records().filter((record) => record.request_id === id);

/// The one record of that request: an answer's last byte leaves after it was written.
function recordOf(id) {
  const found = recordsOf(id);
  assert.equal(found.length, 1, `${found.length} records of ${id}`);
  return found[0];
}

test('a paid request is recorded with what it used and cost, before its answer ends', async () => {
  const { id } = await ask('paid/demo-small');
  const record = recordOf(id);
  assert.equal(record.provider, 'paid');
  assert.equal(record.model, 'demo-small');
  assert.equal(record.asked_model, 'paid/demo-small');
  assert.equal(record.node, 'node-1');
  assert.equal(record.status, 200);
  assert.equal(record.outcome, 'first_try');
  assert.equal(record.attempts, 1);
  assert.equal(record.tokens_in, 3);
  assert.equal(record.tokens_out, 5);
  // 3 × 3 $ and 5 × 15 $ per million are 84 000 nano-dollars.
  assert.equal(record.cost_n, '84000');
  assert.ok(record.latency_ms > 0);
  assert.ok(Math.abs(record.t - Date.now()) < 60_000);
});

test('a free tier costs nothing and says what it would have cost', async () => {
  const { id, response } = await ask('free/demo-small');
  assert.equal(Number(response.headers.get('x-gateway-cost-usd')), 0);
  const record = recordOf(id);
  assert.equal(record.cost_n, '0');
  assert.equal(record.list_cost_n, '84000');
});

test('a stream is recorded before its [DONE], with its time to first token', async () => {
  const { id } = await ask('paid/demo-small', { stream: true });
  const record = recordOf(id);
  assert.equal(record.stream, true);
  assert.equal(record.tokens_out, 5);
  assert.ok(record.ttft_ms > 0 && record.ttft_ms <= record.latency_ms);
});

test('a failover is one record that names the first provider', async () => {
  await paid.order({ fail: '529', count: 1 });
  const { id } = await ask('both');
  const record = recordOf(id);
  assert.equal(record.outcome, 'failover');
  assert.equal(record.route, 'both');
  assert.equal(record.first_provider, 'paid');
  assert.equal(record.first_error, 'overloaded');
  assert.equal(record.provider, 'free');
  assert.equal(record.attempts, 2);
});

test('a request that failed everywhere is recorded as failed', async () => {
  await paid.order({ fail: '500', count: 1 });
  const { id, response } = await ask('paid/demo-small');
  assert.equal(response.status, 502);
  const record = recordOf(id);
  assert.equal(record.outcome, 'failed');
  assert.equal(record.status, 502);
  assert.equal(record.error_code, 'upstream_error');
});

test('a stream that broke is recorded as cut, with an estimate of what was used', async () => {
  await free.order({ fail: 'cut', after: 4, count: 1 });
  const { id } = await ask('free/demo-small', { stream: true });
  await until('recorded', () => recordsOf(id).length > 0);
  const record = recordOf(id);
  assert.equal(record.outcome, 'cut');
  assert.equal(record.estimated, true);
  assert.ok(record.tokens_out >= 1);
});

test('usage a provider keeps to itself is estimated and marked', async () => {
  await paid.order({ fail: 'no_usage', count: 1 });
  const { id, response } = await ask('paid/demo-small');
  assert.equal(response.status, 200);
  const record = recordOf(id);
  assert.equal(record.estimated, true);
  assert.ok(record.tokens_in > 0 && record.tokens_out > 0);
});

/// CRC-32 as in zlib, said the slow way.
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; ++i) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

test('every line of the journal says its own length and checksum', () => {
  const folder = path.join(gateway.data, 'requests');
  let lines = 0;
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.jsonl')) continue;
    for (const line of readFileSync(path.join(folder, name), 'utf8').split('\n')) {
      if (line === '') continue;
      const [, n, c] = /^\{"n": *(\d+),"c":"([0-9a-f]{8})",/.exec(line);
      const behind = Buffer.from(line).subarray(line.indexOf(c) + 10);
      assert.equal(behind.length, Number(n));
      assert.equal(crc32(behind), c);
      ++lines;
    }
  }
  assert.ok(lines > 5);
});

/// Totals by provider, as the admin API tells them.
async function totals() {
  const response = await gateway.admin('/usage?last=1h&by=provider');
  assert.equal(response.status, 200);
  const { items } = await response.json();
  return Object.fromEntries(items.map((item) => [item.provider, item]));
}

function sumOfRecords(provider) {
  const mine = gateway.records().filter((record) => record.provider === provider);
  const sum = (field) => mine.reduce((total, record) => total + (record[field] ?? 0), 0);
  return {
    requests: mine.length,
    tokens_in: sum('tokens_in'),
    tokens_out: sum('tokens_out'),
    cost_n: String(mine.reduce((total, record) => total + BigInt(record.cost_n ?? 0), 0n)),
  };
}

async function assertTotalsFit() {
  await until('the totals have come', async () => {
    const { paid: one, free: other } = await totals();
    return (
      one?.requests === sumOfRecords('paid').requests &&
      other?.requests === sumOfRecords('free').requests
    );
  });
  const told = await totals();
  for (const provider of ['paid', 'free']) {
    const expected = sumOfRecords(provider);
    for (const [field, value] of Object.entries(expected))
      assert.equal(String(told[provider][field]), String(value), `${provider} ${field}`);
  }
}

test('the totals are the sum of the records', assertTotalsFit);

test('a clean restart keeps every total and goes on', async () => {
  const { code } = await gateway.stop();
  assert.equal(code, 0);
  await gateway.launch();
  await assertTotalsFit();
  const { id } = await ask('paid/demo-small');
  recordOf(id);
  await assertTotalsFit();
});

test('a torn last line is cut off, and nothing before it is lost', async () => {
  const count = gateway.records().length;
  await gateway.stop('SIGKILL');
  const folder = path.join(gateway.data, 'requests');
  const journal = readdirSync(folder)
    .filter((name) => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name))
    .sort()
    .at(-1);
  appendFileSync(path.join(folder, journal), '{"n":   412,"c":"9f3a1b22","id":"req_to');
  await gateway.launch();
  assert.equal(gateway.records().length, count);
  const { id } = await ask('paid/demo-small');
  recordOf(id);
  assert.equal(gateway.records().length, count + 1);
  await assertTotalsFit();
});

test('llm-gateway usage tells the same without a node', async () => {
  await gateway.stop();
  const text = execFileSync(
    binary,
    ['usage', '--json', '--by', 'provider'],
    {
      encoding: 'utf8',
      env: { ...process.env, LLM_GATEWAY_DATA: gateway.data },
    },
  );
  const items = Object.fromEntries(JSON.parse(text).items.map((item) => [item.provider, item]));
  assert.equal(items.paid.requests, sumOfRecords('paid').requests);
  assert.equal(items.paid.cost_n, sumOfRecords('paid').cost_n);
  await gateway.launch();
});

test('a second node on the same folder is refused', async () => {
  assert.throws(
    () => execFileSync(binary, gateway.args, { encoding: 'utf8', stdio: 'pipe', timeout: 5000 }),
    (error) => error.status === 1 && /lock|use|another/i.test(error.stderr),
  );
});
