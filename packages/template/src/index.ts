import { type ConnectionOptions, resolveConnection } from '@azure-pg/core';
import { poolDefaults, settingsOfSsl, splitOptions, warn } from '@azure-pg/core/adapter';
import pg from 'pg';
import { clientClass } from './client.ts';

/** Options that only the driver knows. A name that neither it nor the core knows is an error. */
const driverOptions: ReadonlySet<string> = new Set(['allowExitOnIdle', 'idleTimeoutMillis', 'max', 'ssl']);

/** The driver's options, and those of `resolveConnection`. */
export interface Options extends ConnectionOptions {
  readonly allowExitOnIdle?: boolean;
  readonly idleTimeoutMillis?: number;
  readonly max?: number;
  readonly ssl?: pg.ClientConfig['ssl'];
}

/**
 * A pool of pg's whose connections sign in to Azure without a password, verify the server and obey the pooler.
 *
 * @param url a connection string; without one the options or the environment say where to connect.
 * @param options win over the URL.
 * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED`, at once; nothing has been contacted.
 */
export function createPool(url?: string, options: Options = {}): pg.Pool {
  // 1. Resolve: separate the driver's options from ours, and say what the driver's ssl option means.
  const { connection: own, driver } = splitOptions({ connectionString: url, ...options }, driverOptions);
  const { ssl, ...rest } = driver;
  const connection = resolveConnection({ ...own, ...settingsOfSsl(ssl, own) });

  // 2. Give the driver's pool what fits Azure, unless the user said otherwise.
  const { max, idleTimeout } = poolDefaults(connection);
  const pool = new pg.Pool({
    ...(max === undefined ? {} : { max }),
    ...(idleTimeout === undefined ? {} : { idleTimeoutMillis: idleTimeout * 1000 }),
    ...rest,
    Client: clientClass(connection),
  });
  // pg ends the process where nobody listens.
  pool.on('error', ({ message }) => warn(connection.logger, `An idle database connection broke: ${message}`));
  return pool;
}
