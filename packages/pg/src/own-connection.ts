import type { AzureConnection } from '@azure-pg/core';
import type pg from 'pg';
import { clientState, isClientClass, own } from './own-classes.ts';
import { isResolved, readConfig } from './read-config.ts';

/**
 * What the settings of a pool or client were resolved to, where it is of this library: our `Pool` and `Client`, or pg's own pool with the config
 * of `poolConfig()`, of whatever copy of this package and of pg. Undefined for what connects by itself.
 */
export function ownConnection(source: object): AzureConnection | undefined {
  // pg-pool keeps the class of its clients here.
  const { Client, options } = source as { Client?: unknown; options: pg.PoolOptions };
  if (!isClientClass(Client)) return clientState(source)?.connection;
  const { driver, takes } = Client[own];
  return isResolved(options) || takes(options) ? readConfig(options, driver).connection : undefined;
}
