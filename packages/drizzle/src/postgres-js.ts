/**
 * Drizzle over postgres.js for Azure Database for PostgreSQL: `import { drizzle } from '@azure-pg/drizzle/postgres-js'` instead of
 * `from 'drizzle-orm/postgres-js'`.
 *
 * @packageDocumentation
 */
import postgres from '@azure-pg/postgresjs';
import { directInstance, instanceConnection } from '@azure-pg/postgresjs/direct';
import { type PostgresJsDatabase, drizzle as postgresJs } from 'drizzle-orm/postgres-js/driver';
import type driver from 'postgres';
import type { AnySchema, Arguments, NoSchema } from './arguments.ts';
import { drizzleOver } from './drizzle-over.ts';

// Each by its own name as well: where a bundler or test runner replaces drizzle-orm's module by this one, the first is this one.
export * from 'drizzle-orm/postgres-js';
export * from 'drizzle-orm/postgres-js/driver';
export * from 'drizzle-orm/postgres-js/session';
export { runTransaction, type TransactionOptions } from './run-transaction.ts';

type Options = { url?: string } & postgres.Options<Record<string, driver.PostgresType>>;

/** The type of {@link drizzle}. */
export interface Drizzle {
  <TSchema extends AnySchema = NoSchema, TClient extends driver.Sql = driver.Sql>(
    ...parameters: Arguments<TSchema, TClient, Options>
  ): PostgresJsDatabase<TSchema> & { $client: TClient };
  /** drizzle-orm's database without a connection. */
  readonly mock: typeof postgresJs.mock;
}

/**
 * drizzle-orm/postgres-js' `drizzle`, whose instances are of `@azure-pg/postgresjs`: passwordless, verified, and safe behind PgBouncer.
 * Statements are prepared only where the pooler keeps them.
 *
 * @param parameters every form that drizzle-orm takes; `connection` takes our options as well as the driver's and `url`. An instance is used
 * as it is. Without any, the environment says everything.
 * @throws AzurePgError as `postgres()` of `@azure-pg/postgresjs` does: at once, nothing has been contacted.
 *
 * @example
 * const db = drizzle({ connection: { url: process.env.DATABASE_URL, credential, max: 5 }, schema });
 */
export const drizzle: Drizzle = drizzleOver<Drizzle, driver.Sql>({
  bare: postgresJs,
  open(connection) {
    const given = typeof connection === 'string' ? { url: connection } : (connection ?? {});
    const { url, ...options } = given as Options;
    return (url === undefined ? postgres(options) : postgres(url, options)) as driver.Sql;
  },
  connectionOf: instanceConnection,
  direct: (sql) => directInstance(sql, { max: 1 }),
});
