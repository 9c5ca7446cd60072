/**
 * Drizzle over node-postgres for Azure Database for PostgreSQL: `import { drizzle } from '@azure-pg/drizzle'` instead of
 * `from 'drizzle-orm/node-postgres'`.
 *
 * @packageDocumentation
 */
import type { AzureConnection } from '@azure-pg/core';
import { directPool, Pool, type PoolConfig, poolConnection } from '@azure-pg/pg';
import type { DrizzleConfig } from 'drizzle-orm';
import { type NodePgClient, type NodePgDatabase, drizzle as nodePostgres } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { migrateDirectly } from './direct-migrations.ts';
import { refuseTransactions } from './refuse-transactions.ts';
import { takeApart } from './take-apart.ts';

export * from 'drizzle-orm/node-postgres';

type Schema = Record<string, unknown>;
type Arguments<TSchema extends Schema, TClient extends NodePgClient> =
  | []
  | [TClient | string]
  | [TClient | string, DrizzleConfig<TSchema>]
  | [DrizzleConfig<TSchema> & ({ client: TClient } | { connection: string | PoolConfig })];

/**
 * drizzle-orm/node-postgres' `drizzle`, whose pools are of `@azure-pg/pg`: passwordless, verified, and safe behind PgBouncer.
 * `.prepare(name)` keeps its name only where the pooler keeps statements, and `migrate()` of drizzle-orm runs on the server itself.
 *
 * @param parameters every form that drizzle-orm takes; `connection` takes our options beside pg's. A client or pool is used as it is.
 * Without any, the environment says everything.
 * @throws AzurePgError as `new Pool()` of `@azure-pg/pg` does: at once, nothing has been contacted.
 *
 * @example
 * const db = drizzle(process.env.DATABASE_URL, { schema });
 */
export function drizzle<TSchema extends Schema = Record<string, never>, TClient extends NodePgClient = Pool>(
  ...parameters: Arguments<TSchema, TClient>
): NodePgDatabase<TSchema> & { $client: NodePgClient extends TClient ? Pool : TClient } {
  const { client, connection, config } = takeApart<DrizzleConfig<TSchema>>(parameters);
  const pool = (client ?? new Pool(connection as string | PoolConfig | undefined)) as pg.Pool;
  const db = nodePostgres({ ...config, client: pool });
  const resolved = connectionOf(pool);
  if (resolved !== undefined) refuseTransactions(db, resolved);
  if (resolved !== undefined && resolved.direct() !== resolved) {
    migrateDirectly(db, () => {
      const direct = directPool(pool, { max: 1 });
      return { db: nodePostgres({ ...config, client: direct }), end: () => direct.end() };
    });
  }
  return db as unknown as ReturnType<typeof drizzle<TSchema, TClient>>;
}

export declare namespace drizzle {
  /** drizzle-orm's database without a connection. */
  const mock: typeof nodePostgres.mock;
}
Object.assign(drizzle, { mock: nodePostgres.mock });

/** What a pool's settings were resolved to. Pools of pg's own, and clients of any kind, are none of our business. */
function connectionOf(pool: pg.Pool): AzureConnection | undefined {
  // The second is a plain pool with the config of poolConfig(), or a pool of another copy of @azure-pg/pg.
  const ours = pool instanceof Pool || Symbol.for('@azure-pg/pg.resolved') in Object(pool.options);
  return ours ? poolConnection(pool) : undefined;
}
