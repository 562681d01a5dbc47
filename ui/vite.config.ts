import { fileURLToPath } from 'node:url';

import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

import { embeddable } from './tools/embeddable.ts';

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  plugins: [vue(), embeddable()],
  resolve: {
    alias: [
      // As tokens.css names the fonts, which come from npm.
      {
        find: /^fonts\/(inter|jetbrains-mono)-/,
        replacement: folder('node_modules/@fontsource-variable') + '/$1/files/$1-',
      },
    ],
  },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
  },
  build: {
    outDir: folder('../build/ui'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // A node, or tests/fake-gateway.mjs.
    proxy: { '/admin': process.env.GATEWAY_URL ?? 'http://127.0.0.1:8080' },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
