import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { migrate as migratePostgresJs } from 'drizzle-orm/postgres-js/migrator';
import type pg from 'pg';
import type driver from 'postgres';
import { drizzle } from '../src/index.ts';
import { migrate as migrateDirectly } from '../src/migrator.ts';
import { drizzle as drizzlePostgresJs } from '../src/postgres-js.ts';
import { migrate as migratePostgresJsDirectly } from '../src/postgres-js-migrator.ts';
import { config, type Database } from './drizzle-version.ts';

type Migrate = (db: Database, config: { migrationsFolder: string; init?: boolean }) => Promise<unknown>;

/** One of the two drivers, brought to one shape. */
export interface DriverUnderTest {
  readonly name: string;
  open(url: string, options?: object): Database;
  /** This package's. */
  readonly migrate: Migrate;
  /** drizzle-orm's. */
  readonly ownMigrate: Migrate;
  end(db: Database): Promise<void>;
  /** Whether Drizzle has the driver prepare its statements. */
  readonly prepares: boolean;
  /** Where a prepared statement's name is, with a driver that shows it. */
  readonly preparedAs: RegExp;
}

const nodePostgres: DriverUnderTest = {
  name: 'node-postgres',
  open: (url, options) => drizzle(url, { ...config, ...options }),
  migrate: migrateDirectly,
  ownMigrate: migrate,
  end: (db) => (db as unknown as { $client: pg.Pool }).$client.end(),
  prepares: true,
  preparedAs: /^first_person$/,
};

// The same methods, whose results the tests read alike.
const postgresJs: DriverUnderTest = {
  name: 'postgres.js',
  open: (url, options) =>
    drizzlePostgresJs({
      connection: { url, onnotice: () => {} },
      ...config,
      ...options,
    }) as unknown as Database,
  migrate: (db, given) => migratePostgresJsDirectly(db as unknown as PostgresJsDatabase, given),
  ownMigrate: (db, given) => migratePostgresJs(db as unknown as PostgresJsDatabase, given),
  end: (db) => (db as unknown as { $client: driver.Sql }).$client.end(),
  // Drizzle 0.44 does not.
  prepares: process.env.DRIVER_VERSION_UNDER_TEST !== 'oldest',
  preparedAs: /./,
};

export const drivers: readonly DriverUnderTest[] = [nodePostgres, postgresJs];
