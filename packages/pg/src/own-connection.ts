import type { AzureConnection } from '@azure-pg/core';
import type pg from 'pg';
import { isClientClass } from './client.ts';
import { connectionOf } from './connection-of-config.ts';

/**
 * What a pool's settings were resolved to, where its clients are of this library: our `Pool`, or pg's own with the config of `poolConfig()`,
 * of whatever copy of this package and of pg. Undefined for pools that connect by themselves, and for what is no pool.
 */
export function ownConnection(pool: object): AzureConnection | undefined {
  // pg-pool keeps the class of its clients here.
  const { Client, options } = pool as { Client?: unknown; options: pg.PoolOptions };
  return isClientClass(Client) ? connectionOf(options) : undefined;
}
