import {
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresDriver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type TransactionSettings,
} from 'kysely';
import { TwinAdapter } from './twin-adapter.ts';
import { Twin } from './twin-connection.ts';

// Kysely 0.29 hands an AbortSignal to some of these, 0.28 nothing.
type InitOptions = Parameters<Driver['init']>;
type AcquireOptions = Parameters<Driver['acquireConnection']>;
type ReleaseOptions = Parameters<Driver['releaseConnection']> extends [unknown, ...infer Rest] ? Rest : never;
type Savepoint = Parameters<NonNullable<Driver['savepoint']>>;

/** The ways to one database. */
export interface Routes {
  /** Over the pool that was given. */
  readonly driver: Driver;
  /** A driver that goes past the pooler, to the server itself, made anew for each run of migrations; undefined where no pooler is in the way. */
  direct(): Driver | undefined;
}

/** Finds the routes; called when the first query comes. */
export type FindRoutes = (...options: InitOptions) => Routes | Promise<Routes>;

// kysely-postgres-js 2 has none; these need nothing but the connection.
const ownSavepoints = PostgresDriver.prototype;

/** A driver whose connections go past the pooler while they hold Kysely's migration lock. */
class TwinDriver implements Driver {
  readonly #find: FindRoutes;
  #routes: Routes | undefined;
  readonly #twins = new WeakMap<DatabaseConnection, Twin>();

  constructor(find: FindRoutes) {
    this.#find = find;
  }

  get #driver(): Driver {
    if (this.#routes === undefined) throw new Error('The driver has not been initialised');
    return this.#routes.driver;
  }

  async init(...options: InitOptions): Promise<void> {
    const routes = await this.#find(...options);
    await routes.driver.init(...options);
    this.#routes = routes;
  }

  async acquireConnection(...options: AcquireOptions): Promise<DatabaseConnection> {
    const pooled = await this.#driver.acquireConnection(...options);
    const twin = this.#twins.get(pooled) ?? new Twin(pooled, this.#routes as Routes);
    this.#twins.set(pooled, twin);
    return twin.connection;
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await this.#driver.beginTransaction(connection, settings);
    Twin.of(connection)?.began(settings);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#driver.commitTransaction(connection);
    Twin.of(connection)?.ended();
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#driver.rollbackTransaction(connection);
    Twin.of(connection)?.ended();
  }

  async savepoint(...rest: Savepoint): Promise<void> {
    const { savepoint = ownSavepoints.savepoint } = this.#driver;
    await savepoint.apply(this.#driver, rest);
  }

  async rollbackToSavepoint(...rest: Savepoint): Promise<void> {
    const { rollbackToSavepoint = ownSavepoints.rollbackToSavepoint } = this.#driver;
    await rollbackToSavepoint.apply(this.#driver, rest);
  }

  async releaseSavepoint(...rest: Savepoint): Promise<void> {
    const { releaseSavepoint = ownSavepoints.releaseSavepoint } = this.#driver;
    await releaseSavepoint.apply(this.#driver, rest);
  }

  async releaseConnection(connection: DatabaseConnection, ...options: ReleaseOptions): Promise<void> {
    const twin = Twin.of(connection);
    try {
      await twin?.return();
    } finally {
      await this.#driver.releaseConnection(twin?.pooled ?? connection, ...options);
    }
  }

  async destroy(...options: InitOptions): Promise<void> {
    await this.#routes?.driver.destroy(...options);
  }
}

/** A dialect of PostgreSQL over such a driver. */
export class TwinDialect implements Dialect {
  readonly #find: FindRoutes;

  constructor(find: FindRoutes) {
    this.#find = find;
  }

  createDriver(): Driver {
    return new TwinDriver(this.#find);
  }

  createAdapter(): DialectAdapter {
    return new TwinAdapter();
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler();
  }

  // biome-ignore lint/suspicious/noExplicitAny: Kysely's own signature
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new PostgresIntrospector(db);
  }
}
