import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import root from '../../vitest.config.ts';

/**
 * The same tests over another end of the range of drizzle-orm that is supported.
 *
 * @param copy the name under which that version is installed.
 * @param alias what the tests must find elsewhere, too.
 */
export function atEnd(copy: string, alias: { find: RegExp; replacement: string }[] = []): ViteUserConfig {
  return defineConfig({
    ...root,
    root: fileURLToPath(new URL('../..', import.meta.url)),
    resolve: {
      ...root.resolve,
      alias: [{ find: /^drizzle-orm(?=\/|$)/, replacement: copy }, ...alias],
    },
    test: {
      ...root.test,
      include: ['packages/drizzle/test/**/*.test.ts'],
      // Programs that run by themselves, over the newest; and what takes the other ends by itself.
      exclude: ['kit', 'readme', 'oldest', 'next'].map((name) => `packages/drizzle/test/${name}.test.ts`),
      env: { DRIZZLE_UNDER_TEST: copy, CONTRACT_ALIASES: JSON.stringify({ 'drizzle-orm': copy }) },
    },
  });
}
