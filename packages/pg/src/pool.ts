import type { AzureConnection } from '@azure-pg/core';
import { warn } from '@azure-pg/core/adapter';
import pg from 'pg';
import type { PoolConfig } from './options.ts';
import { belongsTo } from './pool-of-client.ts';
import { hideSecrets, poolOptions, spreadLifetimes } from './pool-options.ts';
import { carryConnection, readConfig } from './read-config.ts';
import { repairPool } from './repair-pool.ts';

const connections = new WeakMap<object, AzureConnection>();

/**
 * pg's `Pool`, whose clients sign in to Azure without a password, verify the server and obey the pooler. The settings are read once, when
 * the pool is made. An idle connection that breaks while nobody listens to the pool's `error` event causes a warning (by `logger`, otherwise as a
 * Node.js warning) instead of ending the process.
 */
export class Pool extends pg.Pool {
  /**
   * @param config a connection string, pg's config with our settings, or nothing: the environment says everything.
   * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED`, with the setting and where it came from.
   */
  constructor(config?: string | PoolConfig) {
    const { given, connection, direct } = readConfig(config);
    super(poolOptions(given, connection));
    spreadLifetimes(this.options, given, connection);
    carryConnection(this.options, connection, direct, direct);
    hideSecrets(this.options, connection);
    connections.set(this, connection);
    repairPool(this);
    this.on('connect', (client) => belongsTo(client, this));
  }

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event === 'error' && this.listenerCount('error') === 0) {
      const { message } = values[0] as Error;
      warn(connections.get(this)?.logger, `An idle database connection broke and left its pool: ${message}`);
      return false;
    }
    return super.emit(event, ...values);
  }
}
