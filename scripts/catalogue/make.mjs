#!/usr/bin/env node
// Makes cluster-config/catalogue.json: prices, context windows and capabilities of the known
// vendors' models, merged from two packages (sources.json pins version and integrity; overlay.json
// says which of their providers are our vendors, and what both have wrong).
//
//   scripts/catalogue/make.mjs [OUTPUT]     a refresh is a change of sources.json, then this
//
// Precedence: overlay > pi-ai by exact name > genai-prices by its match rules. Only the packages'
// data is read; pi-ai's dependencies are not installed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { genaiModels } from './genai.mjs';
import { piModels } from './pi.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const sources = read(join(here, 'sources.json'));
const overlay = read(join(here, 'overlay.json'));
const output = process.argv[2] ?? join(here, '../../cluster-config/catalogue.json');

/** Unpacks one pinned package and returns its folder. */
function unpack(name, folder) {
  const { version, integrity } = sources.packages[name];
  const into = join(folder, name.replace('/', '+'));
  mkdirSync(into);
  const wanted = ['pack', `${name}@${version}`, '--json', '--pack-destination', into];
  const said = execFileSync('npm', wanted, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const archive = join(into, JSON.parse(said)[0].filename.replace('@', '').replace('/', '-'));
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${name}@${version} is not what sources.json pins`);
  execFileSync('tar', ['xzf', archive, '-C', into]);
  return join(into, 'package');
}

/** Zero is a price only where the vendor says so; elsewhere it means that nobody filled it in. */
function trustedPrice(vendor, id, price) {
  if (!price || price.input > 0 || price.output > 0) return price;
  const free = overlay.really_free[vendor];
  return free && new RegExp(free).test(id) ? price : undefined;
}

function isOffered(vendor, id) {
  return ['*', vendor].every((key) => {
    const pattern = overlay.not_offered[key];
    return !pattern || !new RegExp(pattern).test(id);
  });
}

/** What is known; the rest counts as able. */
function capabilities(vendor, id, pi, genai) {
  if (genai?.embedding) return { vision: false, files: false, tools: false, json_schema: false };
  const able = pi && !pi.vision ? { vision: false, files: false } : {};
  for (const { only, except, models, are } of overlay.capabilities) {
    const meant = only ? only.includes(vendor) : !except.includes(vendor);
    if (meant && new RegExp(models).test(id)) Object.assign(able, are);
  }
  return able;
}

/** The same prices, but for what only one of them has. */
function agree(a, b) {
  return ['input', 'output', 'cached_input', 'cache_write'].every(
    (kind) => a[kind] === undefined || b[kind] === undefined || a[kind] === b[kind],
  );
}

/** One model as the document would have it, from what each source knows. */
function merge(vendor, id, pi, genai, extra) {
  const model = {};
  if (genai?.embedding) model.kind = 'embedding';
  // Where both have the same rates genai-prices tells more of them: tiers and one-hour writes.
  const both = pi?.price && genai?.price && agree(pi.price, genai.price);
  const told = both ? { ...pi.price, ...genai.price } : (pi?.price ?? genai?.price);
  const price = trustedPrice(vendor, id, told);
  // Anthropic's rule, which pi-ai states in words only: an hour in the cache costs twice the input.
  if (vendor === 'anthropic' && price)
    for (const rates of [price, ...(price.tiers ?? [])])
      if (rates.cache_write) rates.cache_write_1h ??= 2 * rates.input;
  if (price) model.price = price;
  // Some context windows are those of the standard price only: the larger one is meant.
  const window = Math.max(pi?.context_window ?? 0, genai?.context_window ?? 0);
  if (window) model.context_window = window;
  if (pi?.max_output) model.max_output = pi.max_output;
  const able = capabilities(vendor, id, pi, genai);
  if (Object.keys(able).length) model.capabilities = able;
  const offered = genai?.embedding ? !genai.deprecated : pi ? true : extra || genai?.offered;
  if (!offered || !isOffered(vendor, id)) model.offered = false;
  return model;
}

function vendorModels(vendor, from, pi, genai) {
  const known = from.pi ? pi(from.pi) : new Map();
  const rules = from.genai ? genai(from.genai) : [];
  const find = (id) => rules.find((rule) => rule.matches(id));
  const models = {};
  for (const [id, one] of known) models[id] = merge(vendor, id, one, find(id));
  for (const rule of rules) {
    if (models[rule.id]) continue;
    const alone = { ...rule, offered: !from.pi && !rule.deprecated };
    models[rule.id] = merge(vendor, rule.id, undefined, alone);
  }
  for (const [id, { like, ...facts }] of Object.entries(overlay.models[vendor] ?? {})) {
    const base = models[id] ?? merge(vendor, id, undefined, like && find(like), true);
    models[id] = { ...base, ...facts };
  }
  const match = rules.map((rule) => [rule.id, rule.match]);
  return match.length ? { models, match } : { models };
}

const folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
try {
  const piFolder = unpack('@earendil-works/pi-ai', folder);
  const genaiFolder = unpack('@pydantic/genai-prices', folder);
  const pi = (id) => piModels(read(join(piFolder, `dist/providers/data/${id}.json`)));
  const { findProvider } = await import(pathToFileURL(join(genaiFolder, 'dist/index.js')).href);
  const genai = (id) => genaiModels(findProvider({ providerId: id }), sources.as_of);

  const vendors = {};
  for (const [vendor, from] of Object.entries(overlay.vendors))
    vendors[vendor] = from.same_as ? from : vendorModels(vendor, from, pi, genai);

  // One model a line: what a refresh changed can be read in its diff.
  const lines = Object.entries(vendors).map(([vendor, { models, match, same_as }]) => {
    if (same_as) return `${JSON.stringify(vendor)}:{"same_as":${JSON.stringify(same_as)}}`;
    const pair = ([id, model]) => `${JSON.stringify(id)}:${JSON.stringify(model)}`;
    const each = Object.entries(models).map(pair);
    const rules = (match ?? []).map((rule) => JSON.stringify(rule));
    const matching = match ? `,"match":[\n${rules.join(',\n')}\n]` : '';
    return `${JSON.stringify(vendor)}:{"models":{\n${each.join(',\n')}\n}${matching}}`;
  });
  const made = Object.entries(sources.packages).map(([name, { version }]) => `${name} ${version}`);
  const head = JSON.stringify({ sources: made, as_of: sources.as_of }).slice(0, -1);
  writeFileSync(output, `${head},"vendors":{\n${lines.join(',\n')}\n}}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
