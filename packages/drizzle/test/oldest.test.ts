import { expect, it, vi } from 'vitest';

// The essentials over the lower end of the range, in every run of the tests. vitest.oldest.config.ts runs all of them over it.
const modules = ['', '/pg-core', '/node-postgres', '/node-postgres/migrator'];
for (const path of [...modules, '/postgres-js', '/postgres-js/migrator']) {
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
