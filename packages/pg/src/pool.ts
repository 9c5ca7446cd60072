import type { AzureConnection } from '@azure-pg/core';
import { warn } from '@azure-pg/core/adapter';
import type pg from 'pg';
import { bare } from './bare-driver.ts';
import type { Driver } from './driver-client.ts';
import type { PoolConfig } from './options.ts';
import type { ClientClass, PoolClass, Takes } from './own-classes.ts';
import { belongsTo } from './pool-of-client.ts';
import { hideSecrets, poolOptions, spreadLifetimes } from './pool-options.ts';
import { carryConnection, readConfig } from './read-config.ts';
import { repairPool } from './repair-pool.ts';

const connections = new WeakMap<object, AzureConnection>();

/** Extends the class of pools of a copy of pg; its clients are of the class given. */
export function extendPool(driver: Driver, Client: ClientClass, takes: Takes): PoolClass {
  class Pool extends driver.Pool {
    constructor(config?: string | PoolConfig) {
      if (!takes(config)) {
        super(config as pg.PoolConfig);
        // Of a copy that was loaded before its client was replaced.
        const plain = this as unknown as { Client: unknown };
        if (plain.Client === driver.Client) plain.Client = Client;
        return;
      }
      const { given, connection, direct } = readConfig(config, driver);
      super(poolOptions(given, connection, Client));
      this.options = hideSecrets(this.options, connection, spreadLifetimes(given, connection));
      // A class of the program's own may leave to pg what is not for us; this is, also in copies of the options.
      carryConnection(this.options, connection, direct || given.Client !== undefined, direct);
      connections.set(this, connection);
      repairPool(this);
      this.on('connect', (client) => belongsTo(client, this));
    }

    override emit(event: string | symbol, ...values: unknown[]): boolean {
      if (event !== 'error' || this.listenerCount('error') > 0) return super.emit(event, ...values);
      const connection = connections.get(this);
      if (connection === undefined) return super.emit(event, ...values);
      const { message } = values[0] as Error;
      warn(connection.logger, `An idle database connection broke and left its pool: ${message}`);
      return false;
    }
  }
  Object.defineProperty(Pool, bare, { value: driver.Pool });
  return Pool;
}
