import { describeAdapter } from '@azure-pg/contract';
import { expect, test, vi } from 'vitest';
import { describeDrizzle } from './behaviour.ts';
import { nodePostgres, postgresJs } from './drivers.ts';

// The lower end of the peer range.
vi.mock('drizzle-orm', () => import('drizzle-orm-oldest'));
vi.mock('drizzle-orm/pg-core', () => import('drizzle-orm-oldest/pg-core'));
vi.mock('drizzle-orm/node-postgres', () => import('drizzle-orm-oldest/node-postgres'));
vi.mock('drizzle-orm/node-postgres/migrator', () => import('drizzle-orm-oldest/node-postgres/migrator'));
vi.mock('drizzle-orm/postgres-js', () => import('drizzle-orm-oldest/postgres-js'));
vi.mock('drizzle-orm/postgres-js/migrator', () => import('drizzle-orm-oldest/postgres-js/migrator'));

test('this runs on the oldest Drizzle', async () => {
  const [{ NodePgDatabase }, oldest] = await Promise.all([
    import('../src/index.ts'),
    import('drizzle-orm-oldest/node-postgres'),
  ]);
  expect(NodePgDatabase).toBe(oldest.NodePgDatabase);
});

describeDrizzle(nodePostgres);
describeDrizzle(postgresJs);
describeAdapter('Drizzle 0.44.0 over node-postgres', new URL('./contract-adapter.ts', import.meta.url));
describeAdapter(
  'Drizzle 0.44.0 over postgres.js',
  new URL('./contract-adapter-postgresjs.ts', import.meta.url),
);
