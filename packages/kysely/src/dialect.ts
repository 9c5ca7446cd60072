import { AzurePgError } from '@azure-pg/core';
import { directPool, Pool, type PoolConfig, poolConnection } from '@azure-pg/pg';
import { type Driver, type PostgresDialectConfig, PostgresDriver, type PostgresPool } from 'kysely';
import type pg from 'pg';
import Cursor from 'pg-cursor';
import { cancelClient } from './cancel-client.ts';
import { mustLeavePooler, warnOfForeign } from './twin-adapter.ts';
import { type Routes, TwinDialect } from './twin-driver.ts';

/** Kysely's own settings of its dialect, beside the pool. */
type DialectSettings = Partial<Omit<PostgresDialectConfig, 'pool'>>;

/** pg's pool options and ours (`connectionString`, `credential`, `max`, …), and Kysely's settings of its dialect. */
export interface AzurePostgresDialectConfig extends PoolConfig, DialectSettings {
  /** A pool that is there already, or a function that gives one: of `@azure-pg/pg`. No option of a pool may stand beside it. */
  pool?: PostgresDialectConfig['pool'] | undefined;
}

const kyselyNames = ['cursor', 'controlClient', 'onCreateConnection', 'onReserveConnection'];

/**
 * Kysely's PostgreSQL dialect over `@azure-pg/pg`: passwordless, verified, and safe behind PgBouncer. `stream()` works without more ado,
 * aborted queries are cancelled by the protocol's own request, which passes a pooler, and `Migrator` runs on the server itself.
 *
 * @example
 * const db = new Kysely<Database>({ dialect: new AzurePostgresDialect(process.env.DATABASE_URL) });
 */
export class AzurePostgresDialect extends TwinDialect {
  /**
   * @param input a connection string, options, or nothing: the environment says everything.
   * @throws AzurePgError as `new Pool()` of `@azure-pg/pg` does: at once, nothing has been contacted.
   */
  constructor(input?: string | AzurePostgresDialectConfig) {
    const { pool, settings } = takeApart(input);
    super(async (...options) =>
      routesOver(typeof pool === 'function' ? await pool(...options) : pool, settings),
    );
  }
}

function takeApart(input: string | AzurePostgresDialectConfig | undefined): {
  pool: PostgresDialectConfig['pool'];
  settings: DialectSettings;
} {
  const given: AzurePostgresDialectConfig =
    typeof input === 'string' ? { connectionString: input } : (input ?? {});
  const { pool, ...rest } = given;
  const told = Object.entries(rest).filter(([, value]) => value !== undefined);
  const settings = Object.fromEntries(told.filter(([name]) => kyselyNames.includes(name)));
  const options = Object.fromEntries(told.filter(([name]) => !kyselyNames.includes(name)));
  // Of somebody's `pool.options`, which hides it from enumeration.
  if (given.password !== undefined) options.password = given.password;
  if (pool === undefined) return { pool: new Pool(options) as unknown as PostgresPool, settings };
  const [other] = Object.keys(options);
  if (other === undefined) return { pool, settings };
  throw new AzurePgError('INVALID_SETTING', `The option "${other}" has no effect beside "pool"`, {
    hint: 'Give it to the pool, or leave the pool out.',
  });
}

function routesOver(pool: PostgresPool, settings: DialectSettings): Routes {
  const driverOver = (own: PostgresPool): Driver => {
    const cancel = isOurs(own) ? { controlClient: cancelClient(own) as never } : {};
    return new PostgresDriver({ cursor: Cursor, ...cancel, ...settings, pool: own });
  };
  return {
    driver: driverOver(pool),
    direct() {
      if (!isOurs(pool) || !mustLeavePooler(poolConnection(pool))) return undefined;
      return driverOver(directPool(pool, { max: 1 }) as unknown as PostgresPool);
    },
  };
}

/** A pool of `@azure-pg/pg`, or pg's own with its `poolConfig`; of whatever copy. */
function isOurs(pool: object): pool is pg.Pool {
  const { Client } = pool as { Client?: object };
  if (Client !== undefined && Symbol.for('@azure-pg/pg.client') in Client) return true;
  warnOfForeign('A pool', '@azure-pg/pg');
  return false;
}
