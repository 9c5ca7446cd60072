/**
 * Kysely for Azure Database for PostgreSQL, over node-postgres: `new AzurePostgresDialect(url)` instead of `new PostgresDialect(…)`.
 *
 * @packageDocumentation
 */
import { cancelClient, directPool, ownConnection, Pool, type PoolConfig } from '@azure-pg/pg';
import { CommitClient } from '@azure-pg/pg/adapter';
import {
  type Driver,
  type PostgresAdapter,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
  type PostgresPool,
} from 'kysely';
import type pg from 'pg';
import Cursor from 'pg-cursor';
import { directCapableDriver } from './direct-capable-driver.ts';
import { MigrationAdapter } from './migration-adapter.ts';
import { oncePerKysely, splitConfig } from './split-config.ts';

export { runTransaction, type TransactionOptions } from './run-transaction.ts';

/** pg's pool options and ours (`connectionString`, `credential`, `max`, …), and Kysely's settings of its dialect. */
export interface AzurePostgresDialectConfig extends PoolConfig, Partial<Omit<PostgresDialectConfig, 'pool'>> {
  /** An existing pool, or a function that returns one: of `@azure-pg/pg`. No option of a pool may be given with it. */
  pool?: PostgresDialectConfig['pool'] | undefined;
}

/** Kysely 0.28 has no such setting. */
interface ControlClient {
  readonly controlClient?: unknown;
}

const settingNames = ['pool', 'cursor', 'controlClient', 'onCreateConnection', 'onReserveConnection'];

/**
 * Kysely's PostgreSQL dialect over `@azure-pg/pg`: passwordless, verified, and safe behind PgBouncer. `stream()` works without setup,
 * aborted queries are cancelled by the protocol's own request, which passes a pooler, and `Migrator` runs on the server itself.
 *
 * @example
 * const db = new Kysely<Database>({ dialect: new AzurePostgresDialect(process.env.DATABASE_URL) });
 */
export class AzurePostgresDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  /**
   * @param input a connection string, options, or nothing: the environment says everything.
   * @throws AzurePgError as `new Pool()` of `@azure-pg/pg` does: at once, nothing has been contacted.
   */
  constructor(input?: string | AzurePostgresDialectConfig) {
    const given = typeof input === 'string' ? { connectionString: input } : input;
    const { settings, options } = splitConfig<PostgresDialectConfig>(given, settingNames);
    const { pool = oncePerKysely(() => poolOf(options)) } = settings;
    super({ pool });
    this.#config = { cursor: Cursor, ...settings, pool };
  }

  override createDriver(): Driver {
    return directCapableDriver<PostgresPool>(this.#config.pool, {
      maker: '@azure-pg/pg',
      connectionOf: ownConnection,
      directOf: (pool) => directPool(pool as unknown as pg.Pool, { max: 1 }) as unknown as PostgresPool,
      driverOver: (open) => {
        const { controlClient, ...config } = this.#config as PostgresDialectConfig & ControlClient;
        return new PostgresDriver({
          ...config,
          pool: async (...options) => stoppable(await open(...options), controlClient),
        });
      },
    });
  }

  override createAdapter(): PostgresAdapter {
    return new MigrationAdapter();
  }
}

/** Kysely 0.28 takes whatever the server says to its COMMIT for a commit. */
const poolOf = (options: PoolConfig): PostgresPool =>
  new Pool({ Client: CommitClient, ...options }) as unknown as PostgresPool;

/** A pool as Kysely wants it: `Client` is what it opens to cancel a query. Any other than ours could neither sign in nor pass a pooler. */
function stoppable(pool: PostgresPool, given: unknown): PostgresPool {
  const Client = ownConnection(pool) === undefined ? given : cancelClient(pool);
  if (Client === undefined) return pool;
  const { options } = pool as unknown as pg.Pool;
  const asked = { connect: () => pool.connect(), end: () => pool.end(), options, Client };
  return asked as unknown as PostgresPool;
}
