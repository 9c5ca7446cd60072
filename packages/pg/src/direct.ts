import type { AzureConnection } from '@azure-pg/core';
import type pg from 'pg';
import { Client, isClientClass } from './client.ts';
import { carryConnection, connectionOf } from './connection-of-config.ts';
import type { PoolConfig } from './options.ts';
import { Pool } from './pool.ts';
import { hideSecrets } from './pool-options.ts';

/**
 * A pool to the same database without the pooler, for what needs a session: LISTEN, advisory locks, migrations. Where there is no pooler it
 * is simply another pool. The caller ends it.
 *
 * @param pool one of ours, or one made with `poolConfig`.
 * @param config what to change of the pool's own options: `{ max: 1 }`.
 */
export function directPool(
  pool: pg.Pool,
  config: Pick<PoolConfig, 'max' | 'min' | 'idleTimeoutMillis' | 'allowExitOnIdle' | 'log'> = {},
): Pool {
  return new Pool({ ...directConfig(pool.options), ...config });
}

/**
 * Gives `work` a client of its own that is connected to the server itself, not through the pooler, and ends it afterwards.
 *
 * @returns what `work` gives.
 */
export async function withDirect<T>(pool: pg.Pool, work: (client: pg.Client) => Promise<T> | T): Promise<T> {
  const client = new Client(directConfig(pool.options));
  // A broken connection makes the next query fail; nothing is gained by ending the process as well.
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
  return connectionOf(pool.options);
}

/**
 * The same for whatever was given as a pool or client: undefined where its clients are not of this library. A pool is ours when it makes
 * clients of ours: `Pool` of any copy of this package, or somebody else's pool with {@link poolConfig}.
 */
export function ownConnection(pool: object): AzureConnection | undefined {
  return isClientClass((pool as { Client?: unknown }).Client) ? poolConnection(pool as pg.Pool) : undefined;
}

/**
 * The same config for the server itself, not through the pooler: `new pg.Pool(directConfig(config))`.
 *
 * @param config what {@link poolConfig} gave, or a pool's `options`.
 */
export function directConfig(config: pg.PoolConfig): pg.PoolConfig {
  const direct: PoolConfig = { ...config, password: config.password };
  const connection = connectionOf(config).direct();
  carryConnection(direct, connection, true, true);
  hideSecrets(direct, connection);
  return direct;
}
