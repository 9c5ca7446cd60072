/**
 * Kysely for Azure Database for PostgreSQL, over postgres.js: `new AzurePostgresDialect(url)` instead of `new PostgresJSDialect(…)`.
 *
 * @packageDocumentation
 */
import { AzurePgError } from '@azure-pg/core';
import postgres from '@azure-pg/postgresjs';
import { directInstance, instanceConnection } from '@azure-pg/postgresjs/direct';
import { CompiledQuery, type DatabaseConnection } from 'kysely';
import { type PostgresJSDialectConfig, PostgresJSDriver } from 'kysely-postgres-js';
import { mustLeavePooler, warnOfForeign } from './twin-adapter.ts';
import { type Routes, TwinDialect } from './twin-driver.ts';

type Instance = PostgresJSDialectConfig['postgres'];
type DialectSettings = Omit<PostgresJSDialectConfig, 'postgres'>;

/** postgres.js' options and ours (`credential`, `max`, …), and kysely-postgres-js' settings of its dialect. */
export type AzurePostgresDialectConfig = postgres.Options<Record<string, postgres.PostgresType>> &
  Partial<DialectSettings> & {
    /** The connection string, as `connectionString`. */
    url?: string | undefined;
    /** An instance that is there already, or a function that gives one: of `@azure-pg/postgresjs`. No option of it may stand beside it. */
    postgres?: Instance | undefined;
  };

const kyselyNames = ['onReserveConnection', 'controlPostgres'];

/**
 * kysely-postgres-js' dialect over `@azure-pg/postgresjs`: passwordless, verified, and safe behind PgBouncer; `Migrator` runs on the server
 * itself.
 *
 * @example
 * const db = new Kysely<Database>({ dialect: new AzurePostgresDialect(process.env.DATABASE_URL) });
 */
export class AzurePostgresDialect extends TwinDialect {
  /**
   * @param input a connection string, options, or nothing: the environment says everything.
   * @throws AzurePgError as `postgres()` of `@azure-pg/postgresjs` does: at once, nothing has been contacted.
   */
  constructor(input?: string | AzurePostgresDialectConfig) {
    const { instance, settings } = takeApart(input);
    super(async (...options) => {
      const made: unknown = isInstance(instance) ? instance : await (instance as Factory)(...options);
      return routesOver(made as postgres.Sql, settings);
    });
  }
}

type Factory = (...options: unknown[]) => unknown;

/** What kysely-postgres-js takes for an instance; anything else is a function that gives one. */
const isInstance = (value: unknown): boolean => typeof value === 'function' && 'reserve' in value;

function takeApart(input: string | AzurePostgresDialectConfig | undefined): {
  instance: unknown;
  settings: Partial<DialectSettings>;
} {
  if (typeof input === 'string') return { instance: postgres(input), settings: {} };
  const { url, postgres: instance, ...rest } = input ?? {};
  const told = Object.entries(rest).filter(([, value]) => value !== undefined);
  const settings = Object.fromEntries(told.filter(([name]) => kyselyNames.includes(name)));
  const options = Object.fromEntries(told.filter(([name]) => !kyselyNames.includes(name)));
  if (instance === undefined) {
    return { instance: url === undefined ? postgres(options) : postgres(url, options), settings };
  }
  const [other] = Object.keys(url === undefined ? options : { url });
  if (other === undefined) return { instance, settings };
  throw new AzurePgError('INVALID_SETTING', `The option "${other}" has no effect beside "postgres"`, {
    hint: 'Give it to the instance, or leave the instance out.',
  });
}

function routesOver(sql: postgres.Sql, settings: Partial<DialectSettings>): Routes {
  const connection = instanceConnection(sql);
  if (connection === undefined) warnOfForeign('An instance of postgres.js', '@azure-pg/postgresjs');
  return {
    driver: new InstanceDriver(sql, settings),
    direct() {
      if (connection === undefined || !mustLeavePooler(connection)) return undefined;
      return new InstanceDriver(directInstance(sql, { max: 1 }), settings);
    },
  };
}

/** kysely-postgres-js' driver, which can be destroyed while the server is away, and behind a pooler ends queries instead of sessions. */
class InstanceDriver extends PostgresJSDriver {
  readonly #sql: postgres.Sql;
  readonly #pooled: boolean;
  #refused = false;

  constructor(sql: postgres.Sql, settings: Partial<DialectSettings>) {
    super({ ...settings, postgres: sql });
    this.#sql = sql;
    this.#pooled = (instanceConnection(sql)?.pooling.poolMode ?? 'none') !== 'none';
  }

  override async acquireConnection(
    ...options: Parameters<PostgresJSDriver['acquireConnection']>
  ): ReturnType<PostgresJSDriver['acquireConnection']> {
    this.#refused = true;
    const connection = await super.acquireConnection(...options);
    this.#refused = false;
    return this.#pooled ? Object.assign(connection, { killSession: endQuery }) : connection;
  }

  // Kysely's own marks a connection that failed here, in a way that only those of pg understand: a TypeError hid why.
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  override async destroy(...options: Parameters<PostgresJSDriver['destroy']>): Promise<void> {
    // What could not be reserved postgres.js tries once more, and its end() waits for that without end. The limit is in seconds.
    if (this.#refused) await this.#sql.end({ timeout: 1 });
    await super.destroy(...options);
  }
}

/** pg_terminate_backend with the pooler's number ends nobody's session, or a stranger's. What can be ended is the query. */
async function endQuery(this: { cancelQuery?(provider: never): Promise<void> }): Promise<void> {
  await this.cancelQuery?.(undefined as never);
}
