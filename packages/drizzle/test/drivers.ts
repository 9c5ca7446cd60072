import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { migrate as migratePostgresJs } from 'drizzle-orm/postgres-js/migrator';
import type pg from 'pg';
import type driver from 'postgres';
import { drizzle } from '../src/index.ts';
import { drizzle as drizzlePostgresJs } from '../src/postgres-js.ts';
import type { DriverUnderTest } from './behaviour.ts';
import * as schema from './schema.ts';

export const nodePostgres: DriverUnderTest = {
  name: 'node-postgres',
  open: (url) => drizzle(url, { schema }),
  migrate,
  end: (db) => (db as unknown as { $client: pg.Pool }).$client.end(),
  preparedAs: /^first_person$/,
};

// The same methods, whose results the tests read alike.
export const postgresJs: DriverUnderTest = {
  name: 'postgres.js',
  open: (url) =>
    drizzlePostgresJs({ connection: { url, onnotice: () => {} }, schema }) as unknown as ReturnType<
      DriverUnderTest['open']
    >,
  migrate: (db, config) => migratePostgresJs(db as unknown as PostgresJsDatabase, config),
  end: (db) => (db as unknown as { $client: driver.Sql }).$client.end(),
  preparedAs: /./,
};
