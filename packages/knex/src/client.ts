import type { Duplex } from 'node:stream';
import { cancelQuery } from '@azure-pg/core';
import { assertOptions, jittered } from '@azure-pg/core/adapter';
import { extend, ownConnection } from '@azure-pg/pg';
import { mayLend, poolEnds } from '@azure-pg/pg/adapter';
import type { Knex } from 'knex';
import type pg from 'pg';
import { ConnectionSettings, hasSession, readSettings } from './connection-settings.ts';
import { reportingCommits } from './driver-faults/commits.ts';
import { type Runner, releasingOnce } from './driver-faults/streams.ts';
import { BareClient, type KnexConnection, type KnexPool, type KnexQuery } from './knex-client.ts';
import { leadMigrationsPastPooler, pastPooler } from './migrations-past-pooler.ts';

/** What is known of a connection in Knex's pool. */
interface Pooled {
  /** When it was given back, and when it will be too old, by `performance.now()`. */
  idleSince: number;
  readonly oldAt: number;
  /** Where it belongs: a migrator's client has another pool for a while. */
  readonly pool: KnexPool | undefined;
  /** It was given back, and its last answer is still on its way. */
  leaving: boolean;
}
const pooled = new WeakMap<KnexConnection, Pooled>();

/** What Knex itself sends. */
const knexCommit = 'COMMIT;';

// Knex copies clients by their enumerable properties, without their constructor: so nothing here is private.
class Client extends BareClient {
  /** Undefined as long as a function of the program's has not said it. */
  declare settings: ConnectionSettings | undefined;
  /** Connects to the server itself, not through its pooler. */
  declare direct: boolean | undefined;

  constructor(config: Knex.Config) {
    // Knex copies it, and of a URL object nothing is left in the copy.
    refuseUnreadable(config.connection);
    super(config);
    leadMigrationsPastPooler();
    if (!this.settings) return;
    // What is printed of the client would show it: Knex keeps what the program gave, and puts a password where ours was out of sight.
    const { password } = this.settings;
    if (password) Object.defineProperty(this.settings, 'password', { get: () => password });
    this.config.connection = this.settings as object;
  }

  get connectionSettings(): object {
    return this.settings ?? {};
  }

  /** Knex puts here what the config says, and what a function in its place has given just now. */
  set connectionSettings(given: string | { password?: unknown }) {
    const { connection } = this.config;
    if (!connection) return;
    refuseUnreadable(given);
    // Knex hides a password from enumeration, also from its own.
    const { password } = connection as { password?: unknown };
    const all = typeof given === 'string' ? given : { ...given, password: given.password ?? password };
    this.settings = readSettings(all, super._driver(), this.direct === true);
  }

  /** Of a class, as pg is: Knex copies plain objects member by member. */
  override _driver(): typeof pg {
    const driver = super._driver();
    return Object.assign(Object.create(driver), extend(driver));
  }

  override poolDefaults(): { min: number; max: number; idleTimeoutMillis?: number } {
    const { min, max, ...others } = super.poolDefaults();
    const { max: most = max, idleTimeoutMillis, maxLifetimeSeconds } = this.settings ?? {};
    // Azure's balancers forget an idle connection: none is kept for its own sake.
    const least = maxLifetimeSeconds === undefined ? Math.min(min, most) : 0;
    return { ...others, min: least, max: most, ...(idleTimeoutMillis ? { idleTimeoutMillis } : {}) };
  }

  /** Also where the program's own `afterCreate` fails, Knex would leave the connection open. */
  override getPoolSettings(config: Knex.PoolConfig = {}): object {
    const { afterCreate } = config;
    if (!afterCreate) return super.getPoolSettings(config);
    return super.getPoolSettings({
      ...config,
      afterCreate: (connection: KnexConnection, done: (...values: unknown[]) => void) =>
        afterCreate(connection, (...values: unknown[]) => {
          if (values[0]) connection.end().catch(() => {});
          done(...values);
        }),
    });
  }

  /** Knex would leave a connection open that fails here. */
  override async acquireRawConnection(): Promise<KnexConnection> {
    const connection = await this._acquireOnlyConnection();
    // Before Knex 3 this is what it does here.
    const dispose = (reason: unknown = 'Connection ended unexpectedly'): void => {
      connection.__knex__disposed ??= reason;
    };
    connection.on('error', dispose).on('end', dispose);
    try {
      this.version ??= await this.checkVersion(connection);
      await this.setSchemaSearchPath(connection);
    } catch (error) {
      await connection.end().catch(() => {});
      throw error;
    }
    const { maxLifetimeSeconds = Number.POSITIVE_INFINITY } = this.settings ?? {};
    const oldAt = performance.now() + jittered(maxLifetimeSeconds) * 1000;
    pooled.set(connection, { idleSince: performance.now(), oldAt, pool: this.pool, leaving: false });
    return connection;
  }

  /** A connection that is lent was free for a while, and may lead nowhere by now. */
  override async validateConnection(connection: KnexConnection): Promise<boolean> {
    const now = performance.now();
    const { idleSince = now, oldAt = Number.POSITIVE_INFINITY } = pooled.get(connection) ?? {};
    return now < oldAt && (await mayLend(connection, now - idleSince));
  }

  /** As by a pool of `@azure-pg/pg`: it goes back when its last answer has come, and never with a transaction or a cursor that is open. */
  override async releaseConnection(connection: KnexConnection): Promise<void> {
    const state = pooled.get(connection);
    if (state === undefined) return super.releaseConnection(connection);
    if (state.leaving) return undefined;
    state.leaving = true;
    connection.release = (error) => {
      if (error) connection.__knex__disposed ??= error;
      Object.assign(state, { leaving: false, idleSince: performance.now() });
      state.pool?.release(connection);
    };
    // One that Knex gave up on need not wait: it is lent to nobody, and its slot is wanted.
    connection.release(connection.__knex__disposed);
  }

  /** By the protocol's own request, which passes a pooler; no other connection is opened for it. */
  override async cancelQuery(connection: KnexConnection): Promise<unknown> {
    if (ownConnection(connection) === undefined) return super.cancelQuery(connection);
    return cancelQuery(connection.connection.stream);
  }

  /** A transaction in which a statement failed is rolled back by its COMMIT, and Knex would call it done. */
  override async _query(connection: KnexConnection, query: KnexQuery): Promise<KnexQuery> {
    const answered = await super._query(connection, query);
    if (query.sql !== knexCommit || answered.response?.command === 'COMMIT') return answered;
    throw new Error(`The server answered COMMIT with ${answered.response?.command}: a statement had failed`);
  }

  override transaction(container: unknown, ...others: unknown[]): unknown {
    return super.transaction(reportingCommits(container), ...others);
  }

  override runner(builder: unknown): Runner {
    return releasingOnce(super.runner(builder));
  }

  /** For a stream that was closed while it waited for a connection, Knex would keep that for ever. */
  override async _stream(
    connection: KnexConnection,
    query: unknown,
    stream: Duplex,
    options: unknown,
  ): Promise<unknown> {
    return stream.destroyed ? undefined : super._stream(connection, query, stream, options);
  }

  /** Knex waits until all connections that it began to open are open, or have failed. */
  override destroy(callback?: unknown): Promise<void> {
    if (this.settings && this.pool && this._ownsPool !== false) {
      poolEnds(this.settings);
      // The program may initialize the client again.
      this.settings = readSettings(this.settings, super._driver(), this.direct === true);
    }
    return super.destroy(callback);
  }

  /** Does a migrator's work, to which this client belongs alone, with connections to the server itself. */
  async [pastPooler]<Result>(work: () => Promise<Result>): Promise<Result> {
    const { pool, settings, config } = this;
    const source = config.connectionPool as pg.Pool | undefined;
    if (!pool || this.transacting || (settings && hasSession(settings)) || (source && hasSession(source))) {
      return work();
    }
    const given = source?.options ?? settings;
    let direct: KnexPool | undefined;
    try {
      // What a function will give later is read so as well.
      this.direct = true;
      this.settings = given && readSettings(given, super._driver(), true);
      this.pool = undefined;
      this.initializePool(source ? ({ ...config, connectionPool: undefined } as object) : config);
      direct = this.pool;
      return await work();
    } finally {
      Object.assign(this, { pool, settings, direct: undefined });
      await direct?.destroy();
    }
  }
}

function refuseUnreadable(connection: unknown): void {
  if (['string', 'function'].includes(typeof connection) || connection instanceof ConnectionSettings) return;
  assertOptions(connection);
}

/**
 * Knex's client for PostgreSQL over `@azure-pg/pg`: passwordless, verified, and safe behind PgBouncer. Queries that are cancelled end also behind a pooler, and
 * migrations run on the server itself. It extends Knex's own (`client: 'pg'`), and has all of its config.
 *
 * `connection` is a connection string, options of pg and ours ({@link azureConnection} has the types), or a function that gives them, which is asked when the
 * first connection is opened. Without `connection` there are no connections, as with Knex's own client.
 *
 * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED` when it is made, with the setting and where it came from.
 *
 * @example
 * const db = knex({ client: AzureKnexClient, connection: azureConnection(process.env.DATABASE_URL) });
 */
export const AzureKnexClient: typeof Knex.Client = Client as never;
/** An instance of it: `db.client`. */
export type AzureKnexClient = Knex.Client;
