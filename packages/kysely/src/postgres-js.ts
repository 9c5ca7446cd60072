/**
 * Kysely for Azure Database for PostgreSQL, over postgres.js: `new AzurePostgresDialect(url)` instead of `new PostgresJSDialect(…)`.
 *
 * @packageDocumentation
 */
import postgres from '@azure-pg/postgresjs';
import { directInstance, instanceConnection } from '@azure-pg/postgresjs/direct';
import { CompiledQuery, type DatabaseConnection, type Driver, type PostgresAdapter } from 'kysely';
import { PostgresJSDialect, type PostgresJSDialectConfig, PostgresJSDriver } from 'kysely-postgres-js';
import { directCapableDriver, type Open } from './direct-capable-driver.ts';
import { reserveUntilCancelled } from './driver-faults/reserve-until-cancelled.ts';
import { MigrationAdapter } from './migration-adapter.ts';
import { oncePerKysely, splitConfig } from './split-config.ts';

export { runTransaction, type TransactionOptions } from './run-transaction.ts';

/** postgres.js' options and ours (`credential`, `max`, …), and kysely-postgres-js' settings of its dialect. */
export type AzurePostgresDialectConfig = postgres.Options<Record<string, postgres.PostgresType>> &
  Partial<Omit<PostgresJSDialectConfig, 'postgres'>> & {
    /** The connection string, as `connectionString`. */
    url?: string | undefined;
    /** An existing instance, or a function that returns one: of `@azure-pg/postgresjs`. No option of it may be given with it. */
    postgres?: PostgresJSDialectConfig['postgres'] | undefined;
  };

const settingNames = ['postgres', 'onReserveConnection', 'controlPostgres'];

/**
 * kysely-postgres-js' dialect over `@azure-pg/postgresjs`: passwordless, verified, and safe behind PgBouncer; `Migrator` runs on the server
 * itself.
 *
 * @example
 * const db = new Kysely<Database>({ dialect: new AzurePostgresDialect(process.env.DATABASE_URL) });
 */
export class AzurePostgresDialect extends PostgresJSDialect {
  readonly #config: PostgresJSDialectConfig;

  /**
   * @param input a connection string, options, or nothing: the environment says everything.
   * @throws AzurePgError as `postgres()` of `@azure-pg/postgresjs` does: at once, nothing has been contacted.
   */
  constructor(input?: string | AzurePostgresDialectConfig) {
    const given = typeof input === 'string' ? { url: input } : input;
    const { settings, options } = splitConfig<PostgresJSDialectConfig>(given, settingNames);
    const { postgres: instance = oncePerKysely(() => instanceOf(options)) } = settings;
    super({ postgres: instance });
    this.#config = { ...settings, postgres: instance };
  }

  /** Called by Kysely. */
  override createDriver(): Driver {
    return directCapableDriver<postgres.Sql>(this.#config.postgres as postgres.Sql | Open<postgres.Sql>, {
      maker: '@azure-pg/postgresjs',
      connectionOf: instanceConnection,
      directOf: (sql) => directInstance(sql, { max: 1 }),
      driverOver: (open) => new InstanceDriver({ ...this.#config, postgres: reserveUntilCancelled(open) }),
      // pg_terminate_backend with the pooler's number ends nobody's session, or a stranger's. What can be ended is the query.
      fix: (connection: DatabaseConnection & { cancelQuery?: unknown }) =>
        Object.assign(connection, { killSession: connection.cancelQuery }),
    });
  }

  /** Called by Kysely: migrations run on the server itself, under their lock. */
  override createAdapter(): PostgresAdapter {
    return new MigrationAdapter();
  }
}

function instanceOf({ url, ...options }: { url?: unknown }): postgres.Sql {
  return url === undefined ? postgres(options) : postgres(String(url), options);
}

/** kysely-postgres-js' driver, without what hides why a ROLLBACK failed: it marks the connection in a way that only those of pg understand. */
class InstanceDriver extends PostgresJSDriver {
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }
}
