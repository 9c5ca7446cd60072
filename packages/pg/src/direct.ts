import type { AzureConnection } from '@azure-pg/core';
import pg from 'pg';
import type { Pool } from './classes.ts';
import type { Driver } from './driver-client.ts';
import { extend } from './extend.ts';
import type { PoolConfig } from './options.ts';
import { driverOf } from './own-classes.ts';
import { ownConnection } from './own-connection.ts';
import { hideSecrets } from './pool-options.ts';
import { carryConnection, readConfig } from './read-config.ts';

/**
 * A pool to the same database without the pooler, for what needs a session: LISTEN, advisory locks, migrations. Where there is no pooler it
 * is simply another pool. The caller ends it.
 *
 * @param source a pool or client of ours, or a pool made with `poolConfig`.
 * @param config what to change of the pool's own options: `{ max: 1 }`.
 */
export function directPool(
  source: pg.Pool | pg.Client,
  config: Pick<PoolConfig, 'max' | 'min' | 'idleTimeoutMillis' | 'allowExitOnIdle' | 'log'> = {},
): Pool {
  const options = 'options' in source ? source.options : configOf(source);
  const { Pool } = extend(driverFor(options));
  return new Pool({ ...directConfig(options), ...config });
}

/** A client keeps no config; what it was resolved to is enough. */
function configOf(client: pg.Client): pg.PoolConfig {
  const driver = driverOf(client.constructor) ?? pg;
  const config = { Client: extend(driver).Client } as unknown as pg.PoolConfig;
  const connection = ownConnection(client);
  if (connection !== undefined) carryConnection(config, connection, true);
  return config;
}

/**
 * Gives `work` its own client, connected to the server itself, not through the pooler, and ends it afterwards.
 *
 * @returns what `work` returns.
 */
export async function withDirect<T>(pool: pg.Pool, work: (client: pg.Client) => Promise<T> | T): Promise<T> {
  const { Client } = extend(driverFor(pool.options));
  const client = new Client(directConfig(pool.options));
  // A broken connection makes the next query fail; ending the process as well would gain nothing.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What a pool's settings were resolved to: where it goes, how it is secured, what the pooler on the way allows. */
export function poolConnection(pool: pg.Pool): AzureConnection {
  return readConfig(pool.options, driverFor(pool.options)).connection;
}

/**
 * The same config for the server itself, not through the pooler: `new pg.Pool(directConfig(config))`.
 *
 * @param config what {@link poolConfig} gave, or a pool's `options`.
 */
export function directConfig(config: pg.PoolConfig): pg.PoolConfig {
  const connection = readConfig(config, driverFor(config)).connection.direct();
  const direct: PoolConfig = hideSecrets({ ...config, password: config.password }, connection);
  carryConnection(direct, connection, true, true);
  return direct;
}

/** The copy of pg whose clients a config makes. */
const driverFor = ({ Client }: pg.PoolConfig): Driver => driverOf(Client) ?? pg;
