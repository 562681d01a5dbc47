import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import type { Plugin, Rolldown } from 'vite';

// The budget of dashboard.md, section 11, and where a build fails.
const firstLoadGzipBytesWanted = 95 * 1024;
const firstLoadGzipBytesMax = 120 * 1024;
const compressible = /\.(html|js|css|svg|json)$/;

/// Makes of a build what the executable embeds (scripts/cmake/embed_pages.cmake): the index with a
/// digest of itself, by which a page knows that a node serves another build, and each file that
/// gains by it once more as .gz and .br.
export function embeddable(): Plugin {
  let folder = '';
  return {
    name: 'embeddable',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    writeBundle(_, bundle) {
      const bytes = firstLoadGzipBytes(bundle);
      const said = `first load: ${(bytes / 1024).toFixed(1)} KB of JavaScript, gzip`;
      if (bytes > firstLoadGzipBytesMax) this.error(`${said}; that is too much`);
      if (bytes > firstLoadGzipBytesWanted) this.warn(`${said}; more than is wanted`);
      this.info(said);
    },
    closeBundle() {
      signIndex(path.join(folder, 'index.html'));
      compressAll(folder);
    },
  };
}

/// The entry and all that it imports at once; what is loaded later does not count.
function firstLoadGzipBytes(bundle: Rolldown.OutputBundle): number {
  const chunks = Object.values(bundle).filter((one) => one.type === 'chunk');
  const wanted = new Set(chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName));
  for (const name of wanted) {
    const chunk = chunks.find((one) => one.fileName === name);
    for (const imported of chunk?.imports ?? []) wanted.add(imported);
  }
  const sizes = chunks
    .filter((chunk) => wanted.has(chunk.fileName))
    .map((chunk) => gzipSync(chunk.code, { level: 9 }).length);
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

function signIndex(file: string): void {
  const html = readFileSync(file, 'utf8');
  const digest = createHash('sha256').update(html).digest('hex').slice(0, 16);
  writeFileSync(
    file,
    html.replace('</title>', `</title>\n    <meta name="ui-build" content="${digest}" />`),
  );
}

function compressAll(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!compressible.test(name)) continue;
    const file = path.join(folder, name);
    const bytes = readFileSync(file);
    const variants = {
      gz: gzipSync(bytes, { level: 9 }),
      br: brotliCompressSync(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      }),
    };
    for (const [suffix, smaller] of Object.entries(variants)) {
      rmSync(`${file}.${suffix}`, { force: true });
      if (smaller.length < bytes.length) writeFileSync(`${file}.${suffix}`, smaller);
    }
  }
}
