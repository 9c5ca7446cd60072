import driver, {
  Client,
  type ClientClass,
  Pool,
  type PoolClass,
  type PoolConfig,
  poolConfig,
} from '@azure-pg/pg';
import { CommitClient } from '@azure-pg/pg/adapter';
import { leadMigrationsPastPooler } from './migrations-past-pooler.ts';

/** What TypeORM takes as `driver` in the place of pg: what pg exports, with our classes. */
export interface AzurePgDriver {
  readonly Client: ClientClass;
  readonly Pool: PoolClass;
  /** pg's own, in which TypeORM sets `parseInt8`. */
  readonly defaults: typeof driver.defaults;
}

/**
 * A `driver` for TypeORM's options of `type: 'postgres'`, whose connections are of `@azure-pg/pg`: passwordless, verified, and safe behind PgBouncer. Migrations run on the server
 * itself, by the command line as well.
 *
 * TypeORM's own options say what they always say, to the same pool, and win over what is given here: `poolSize`, `connectTimeoutMS`, `applicationName`, and `extra`, which takes options
 * of ours, too. So do `url`, `host`, … of `replication`, for which `azurePg()` is given nothing.
 *
 * @param input a connection string, options of `@azure-pg/pg`, or nothing: TypeORM's options say everything, or else the environment.
 * @param options win over `input`.
 * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED`, with the setting and where it came from: at once for what is given here, otherwise
 * from `initialize()`.
 *
 * @example
 * const dataSource = new DataSource({ type: 'postgres', driver: azurePg(process.env.DATABASE_URL), entities });
 */
export function azurePg(input?: string | PoolConfig, options: PoolConfig = {}): AzurePgDriver {
  const base = input === undefined && Object.keys(options).length === 0 ? {} : poolConfig(input, options);
  class TypeOrmPool extends Pool {
    constructor(given: PoolConfig = {}) {
      leadMigrationsPastPooler();
      super({ ...withOptions(base, given), Client: CommitClient });
    }
  }
  const own = { Client, Pool: TypeOrmPool as PoolClass, native: undefined };
  return { ...driver, ...own };
}

/** TypeORM names all options that it knows, most of them undefined. */
function withOptions(base: PoolConfig, given: PoolConfig): PoolConfig {
  const told = Object.entries({ ...given, password: given.password }).filter(
    ([, value]) => value !== undefined,
  );
  return told.length === 0 ? base : poolConfig(base, Object.fromEntries(told));
}
