import { statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

/** Most of what a server's start costs is a thousand files written and removed again. Containers often have a small one. */
const memory = '/dev/shm';
function temporaryFolder(): { TMPDIR?: string } {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize > 4 * 2 ** 30 ? { TMPDIR: memory } : {};
  } catch {
    return {};
  }
}

/** What every run of the tests has in common: the projects of vitest.config.ts, and the other versions of drivers and ORMs. */
export default {
  // Packages find each other's sources, so that a test never runs against a stale build.
  resolve: { conditions: ['@azure-pg/source', 'node'] },
  ssr: { resolve: { conditions: ['@azure-pg/source', 'node'] } },
  test: {
    pool: 'forks',
    // Tests mostly wait for servers and for programs that they start. Vitest's own choice leaves one worker on two cores.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Programs that tests start from our sources keep them compiled; without it each of them strips the types of a hundred files.
    env: {
      ...temporaryFolder(),
      NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/test-programs', import.meta.url)),
    },
    tags: [
      {
        name: 'slow',
        description:
          'Left out of `npm test`: takes seconds by its nature, or repeats at length what a quicker test shows.',
      },
      {
        name: 'release',
        description: 'Left out of CI as well: what only a change of pnpm or of our scripts can break.',
      },
    ],
    server: { deps: { inline: [/@azure-pg\//] } },
  },
} satisfies ViteUserConfig;
