import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import root from '../../vitest.config.ts';

// The same tests over the oldest Prisma that is supported: `pnpm test:oldest`.
export default defineConfig({
  ...root,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    ...root.test,
    include: ['packages/prisma/test/**/*.test.ts'],
    // What this end's contract is to an ordinary run is contract.test.ts to this one.
    exclude: ['packages/prisma/test/oldest.test.ts'],
    env: { PRISMA_UNDER_TEST: 'oldest' },
  },
});
