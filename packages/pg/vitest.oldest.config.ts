import { createRequire } from 'node:module';
import { mergeConfig } from 'vitest/config';
import root from '../../vitest.config.ts';

// The same tests over the oldest pg that is supported: `pnpm test:oldest`.
export default mergeConfig(root, {
  root: '../..',
  resolve: { alias: [{ find: /^pg$/, replacement: createRequire(import.meta.url).resolve('pg-oldest') }] },
  test: { include: ['packages/pg/test/**/*.test.ts'], env: { PG_UNDER_TEST: 'oldest' } },
});
