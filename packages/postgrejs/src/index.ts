import { type AzureConnection, type ConnectionOptions, resolveConnection } from '@azure-pg/core';
import { poolDefaults, settingsOfSsl, splitOptions } from '@azure-pg/core/adapter';
import { Connection, ConnectionState, type PoolConfiguration, Pool as PostgrejsPool } from 'postgrejs';
import { goesTo } from './azure-socket.ts';
import { lendsOnlyReady } from './driver-faults/broken-lent-again.ts';
import { factoryOf, sessionOf } from './driver-parts.ts';

const poolNames = [
  'acquireMaxRetries',
  'acquireRetryWait',
  'acquireTimeoutMillis',
  'autoCommit',
  'fifo',
  'houseKeepInterval',
  'idleTimeoutMillis',
  'max',
  'maxQueue',
  'min',
  'minIdle',
  'rollbackOnError',
  'ssl',
  'validation',
] as const;
/** Options that only the driver knows. A name that neither it nor the core knows is an error. */
const driverOptions: ReadonlySet<string> = new Set(poolNames);

/** The driver's options, and those of `resolveConnection`. */
export interface Options
  extends ConnectionOptions,
    Readonly<Pick<PoolConfiguration, (typeof poolNames)[number]>> {}

/** A pool of postgrejs whose connections sign in to Azure without a password, verify the server and obey the pooler. */
export class Pool extends PostgrejsPool {
  readonly #connection: AzureConnection;
  readonly #closing = new AbortController();

  /**
   * @param url a connection string; without one the options or the environment say where to connect.
   * @param options win over the URL.
   * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED`, at once; nothing has been contacted.
   */
  constructor(url?: string, options: Options = {}) {
    const { connection: own, driver } = splitOptions({ connectionString: url, ...options }, driverOptions);
    const { ssl, ...rest } = driver;
    const connection = resolveConnection({ ...own, ...settingsOfSsl(ssl as Options['ssl'], own) });
    const { max, idleTimeout } = poolDefaults(connection);
    super({
      ...(max === undefined ? {} : { max }),
      ...(idleTimeout === undefined ? {} : { idleTimeoutMillis: idleTimeout * 1000 }),
      ...rest,
      // What the driver would read from the environment itself; an empty text means nothing to it.
      host: connection.hosts[0]?.host ?? '',
      password: '',
      schema: '',
      timezone: '',
    });
    this.#connection = connection;
    const factory = factoryOf(this);
    factory.create = async () => {
      const { signal } = this.#closing;
      const session = goesTo(sessionOf(new Connection(this.config)), this.#connection, { signal });
      await session.connect();
      session.on('close', () => this._pool.destroy(session as never));
      // One that ended since, before anybody listened, must not become the pool's.
      if (session.state !== ConnectionState.READY) throw new Error('Connection closed');
      return session;
    };
    lendsOnlyReady(factory);
  }

  /** Ends the pool, and connections that are still being made. */
  override close(terminateWait?: number): Promise<void> {
    this.#closing.abort();
    return super.close(terminateWait);
  }

  /** Not supported: the driver's own hears the first channel alone, and none any more once it had to connect again. */
  override listen(): Promise<never> {
    return Promise.reject(new Error('pool.listen() is not supported'));
  }
}
