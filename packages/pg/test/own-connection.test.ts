import { Client, ownConnection, Pool, poolConfig, poolConnection } from '@azure-pg/pg';
import pg from 'pg';
import foreign from 'pg-oldest';
import { expect, it, vi } from 'vitest';

const url = 'postgres://ada@localhost:6432/app?pool_mode=transaction&direct_port=5433';

it.each([
  ['our Pool', new Pool(url)],
  ["pg's own, with our config", new pg.Pool(poolConfig(url))],
  ["another copy's, with our config", new foreign.Pool(poolConfig(url, { pg: foreign }))],
  ["pg's own, with our Client", new pg.Pool({ connectionString: url, Client: Client as never })],
] as const)('says where a pool goes whose clients are ours: %s', (_name, pool) => {
  const own = ownConnection(pool);
  expect(own).toMatchObject({ database: 'app', pooling: { poolMode: 'transaction' } });
  expect(String(own)).toBe(String(poolConnection(pool)));
});

it('of another copy of this package, too', async () => {
  vi.resetModules();
  const other = await import('../src/index.ts');
  expect(other.ownConnection).not.toBe(ownConnection);
  expect(ownConnection(new other.Pool(url))).toMatchObject({ database: 'app' });
});

it('says it of clients as well', () => {
  expect(ownConnection(new Client(url))).toMatchObject({
    database: 'app',
    pooling: { poolMode: 'transaction' },
  });
});

it.each([
  ["pg's own Pool", new pg.Pool({ connectionString: url })],
  ["another copy's", new foreign.Pool({ connectionString: url })],
  ["pg's own client", new pg.Client(url)],
  ['anything', {}],
])('knows nothing of what connects by itself: %s', (_name, pool) => {
  expect(ownConnection(pool)).toBeUndefined();
});
