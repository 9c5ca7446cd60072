import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Packages find each other's sources, so that a test never runs against a stale build.
  resolve: { conditions: ['@azure-pg/source', 'node'] },
  ssr: { resolve: { conditions: ['@azure-pg/source', 'node'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'scripts/test/**/*.test.mjs'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    server: { deps: { inline: [/@azure-pg\//] } },
  },
});
