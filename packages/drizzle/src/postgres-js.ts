/**
 * Drizzle over postgres.js for Azure Database for PostgreSQL: `import { drizzle } from '@azure-pg/drizzle/postgres-js'` instead of
 * `from 'drizzle-orm/postgres-js'`.
 *
 * @packageDocumentation
 */
import postgres from '@azure-pg/postgresjs';
import { directInstance, instanceConnection } from '@azure-pg/postgresjs/direct';
import type { DrizzleConfig } from 'drizzle-orm';
import { type PostgresJsDatabase, drizzle as postgresJs } from 'drizzle-orm/postgres-js';
import type driver from 'postgres';
import { migrateDirectly } from './direct-migrations.ts';
import { refuseTransactions } from './refuse-transactions.ts';
import { takeApart } from './take-apart.ts';

export * from 'drizzle-orm/postgres-js';

type Schema = Record<string, unknown>;
type Options = { url?: string } & postgres.Options<Record<string, driver.PostgresType>>;
type Arguments<TSchema extends Schema, TClient extends driver.Sql> =
  | []
  | [TClient | string]
  | [TClient | string, DrizzleConfig<TSchema>]
  | [DrizzleConfig<TSchema> & ({ client: TClient } | { connection: string | Options })];

/**
 * drizzle-orm/postgres-js' `drizzle`, whose instances are of `@azure-pg/postgresjs`: passwordless, verified, and safe behind PgBouncer.
 * Statements are prepared only where the pooler keeps them, and `migrate()` of drizzle-orm runs on the server itself.
 *
 * @param parameters every form that drizzle-orm takes; `connection` takes our options beside the driver's and `url`. An instance is used
 * as it is. Without any, the environment says everything.
 * @throws AzurePgError as `postgres()` of `@azure-pg/postgresjs` does: at once, nothing has been contacted.
 *
 * @example
 * const db = drizzle({ connection: { url: process.env.DATABASE_URL, credential, max: 5 }, schema });
 */
export function drizzle<
  TSchema extends Schema = Record<string, never>,
  TClient extends driver.Sql = driver.Sql,
>(...parameters: Arguments<TSchema, TClient>): PostgresJsDatabase<TSchema> & { $client: TClient } {
  const { client, connection, config } = takeApart<DrizzleConfig<TSchema>>(parameters);
  const sql = (client ?? open(connection as string | Options | undefined)) as TClient;
  const db = postgresJs<TSchema, TClient>({ ...config, client: sql });
  const resolved = instanceConnection(sql);
  if (resolved !== undefined) refuseTransactions(db, resolved);
  if (resolved === undefined || resolved.direct() === resolved) return db;
  return migrateDirectly(db, () => {
    const direct = directInstance(sql, { max: 1 });
    return { db: postgresJs({ ...config, client: direct }), end: () => direct.end() };
  });
}

export declare namespace drizzle {
  /** drizzle-orm's database without a connection. */
  const mock: typeof postgresJs.mock;
}
Object.assign(drizzle, { mock: postgresJs.mock });

function open(connection: string | Options | undefined): driver.Sql {
  if (connection === undefined || typeof connection === 'string') {
    return connection === undefined ? postgres() : postgres(connection);
  }
  const { url, ...options } = connection;
  return (url === undefined ? postgres(options as object) : postgres(url, options as object)) as driver.Sql;
}
