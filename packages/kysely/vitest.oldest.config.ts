import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import root from '../../vitest.config.ts';

const require = createRequire(import.meta.url);
const moduleOf = (name: string): string =>
  require.resolve(name).replace('/dist/cjs/', '/dist/esm/').replace('.cjs', '.js');

// The same tests over the oldest Kysely that is supported: `pnpm test:oldest`.
export default defineConfig({
  ...root,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: {
    ...root.resolve,
    alias: [
      { find: /^kysely(\/migration)?$/, replacement: moduleOf('kysely-oldest') },
      { find: /^kysely-postgres-js$/, replacement: moduleOf('kysely-postgres-js-oldest') },
    ],
  },
  test: {
    ...root.test,
    include: ['packages/kysely/test/**/*.test.ts'],
    exclude: ['packages/kysely/test/readme.test.ts'],
    env: { KYSELY_UNDER_TEST: 'oldest' },
    server: { deps: { inline: [/@azure-pg\//, /kysely/] } },
  },
});
