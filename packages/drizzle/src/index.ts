/**
 * Drizzle over node-postgres for Azure Database for PostgreSQL: `import { drizzle } from '@azure-pg/drizzle'` instead of
 * `from 'drizzle-orm/node-postgres'`.
 *
 * @packageDocumentation
 */
import { directPool, ownConnection, Pool, type PoolConfig } from '@azure-pg/pg';
import { CommitClient } from '@azure-pg/pg/adapter';
import { type NodePgDatabase, drizzle as nodePostgres } from 'drizzle-orm/node-postgres/driver';
import type { NodePgClient } from 'drizzle-orm/node-postgres/session';
import type pg from 'pg';
import type { AnySchema, Arguments, NoSchema } from './arguments.ts';
import { drizzleOver } from './drizzle-over.ts';

/** What `$client` is, by a name for the declarations of programs. */
export type { PgPool, Pool, PoolConfig } from '@azure-pg/pg';
// Each by its own name as well: where a bundler or test runner replaces drizzle-orm's module by this one, the first is this one.
export * from 'drizzle-orm/node-postgres';
export * from 'drizzle-orm/node-postgres/driver';
export * from 'drizzle-orm/node-postgres/session';
export { runTransaction, type TransactionOptions } from './run-transaction.ts';

/** The type of {@link drizzle}. */
export interface Drizzle {
  <TSchema extends AnySchema = NoSchema, TClient extends NodePgClient = Pool>(
    ...parameters: Arguments<TSchema, TClient, PoolConfig>
  ): NodePgDatabase<TSchema> & { $client: NodePgClient extends TClient ? Pool : TClient };
  /** drizzle-orm's database without a connection. */
  readonly mock: typeof nodePostgres.mock;
}

/**
 * drizzle-orm/node-postgres' `drizzle`, whose pools are of `@azure-pg/pg`: passwordless, verified, and safe behind PgBouncer.
 * `.prepare(name)` keeps its name only where the pooler keeps statements.
 *
 * @param parameters every form that drizzle-orm takes; `connection` takes our options as well as pg's. A client or pool is used as it is.
 * Without any, the environment decides everything.
 * @throws AzurePgError as `new Pool()` of `@azure-pg/pg` does: at once, nothing has been contacted.
 *
 * @example
 * const db = drizzle(process.env.DATABASE_URL, { schema });
 */
export const drizzle: Drizzle = drizzleOver<Drizzle, pg.Pool | pg.Client>({
  bare: nodePostgres,
  open: (connection) => new Pool(withCommitClient(connection as string | PoolConfig | undefined)),
  connectionOf: ownConnection,
  direct: (client) => directPool(client, { max: 1 }),
});

/** Drizzle takes whatever the server says to its COMMIT for a commit. */
function withCommitClient(input: string | PoolConfig = {}): PoolConfig {
  const given = typeof input === 'string' ? { connectionString: input } : input;
  // A pool of pg's hides its password from enumeration.
  const { password } = given;
  return { Client: CommitClient, ...given, ...(password === undefined ? {} : { password }) } as PoolConfig;
}
