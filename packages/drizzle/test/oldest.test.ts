/**
 * Another version of Drizzle.
 * @module-tag slow
 */
import { expect, it, vi } from 'vitest';

// The essentials over the oldest Drizzle, in every run of the slow tests. vitest.oldest.config.ts runs all of them over it.
const parts = ['', '/driver', '/session', '/migrator'];
const entries = parts.flatMap((part) => [`/node-postgres${part}`, `/postgres-js${part}`]);
for (const path of ['', '/pg-core', ...entries]) {
  vi.doMock(`drizzle-orm${path}`, () => import(/* @vite-ignore */ `drizzle-orm-oldest${path}`));
}
const { describeEssentials } = await import('./essentials.ts');

it('this runs over the oldest Drizzle', async () => {
  const [ours, oldest] = await Promise.all([
    import('../src/index.ts'),
    import('drizzle-orm-oldest/node-postgres'),
  ]);
  expect(ours.NodePgDatabase).toBe(oldest.NodePgDatabase);
});

describeEssentials();
