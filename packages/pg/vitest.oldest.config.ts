import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import root from '../../vitest.config.ts';

const oldest = createRequire(import.meta.url).resolve('pg-oldest');

// The same tests over the oldest pg that is supported: `pnpm test:oldest`.
export default defineConfig({
  ...root,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { ...root.resolve, alias: [{ find: /^pg$/, replacement: oldest }] },
  test: { ...root.test, include: ['packages/pg/test/**/*.test.ts'], env: { PG_UNDER_TEST: 'oldest' } },
});
