import { isForAzure, warnOnce } from '@azure-pg/core/adapter';
import { bare, bareDriver } from './bare-driver.ts';
import { extendClient } from './client.ts';
import type { Driver } from './driver-client.ts';
import type { PoolConfig } from './options.ts';
import type { Takes } from './own-classes.ts';
import { extendPool } from './pool.ts';
import { isResolved } from './read-config.ts';

/**
 * Puts classes of ours in the place of those that a copy of pg exports. What leads to Azure, or says so in its settings, is ours; everything
 * else is left to pg's own code, to the letter.
 */
export function replaceClasses<Exports>(exports: Exports): Exports {
  const driver = exports as Driver;
  if (bare in driver.Client) return exports;
  if (!('getStartupConf' in driver.Client.prototype)) {
    warnOnce(
      undefined,
      'register: pg-native',
      'NODE_PG_FORCE_NATIVE is set: pg-native opens its own connections, so @azure-pg/pg/register does nothing for them. Unset it.',
    );
    return exports;
  }
  const base = bareDriver(driver);
  const takes = takesFor(base);
  const Client = extendClient(base, takes);
  const Pool = extendPool(base, Client, takes);
  for (const [made, Base] of [
    [Client, base.Client],
    [Pool, base.Pool],
  ] as const) {
    Object.defineProperty(made, 'name', { value: Base.name, configurable: true });
    // The program's own "instanceof pg.Client" holds for whatever is a client of pg's; that of a class that extends it does not.
    Object.defineProperty(made, Symbol.hasInstance, {
      value(this: unknown, value: unknown) {
        return Function.prototype[Symbol.hasInstance].call(this === made ? Base : (this as never), value);
      },
    });
  }
  return Object.assign(driver, { Client, Pool }) as Exports;
}

const takesFor =
  ({ defaults }: Driver): Takes =>
  (config) => {
    if (isResolved(config)) return true;
    const options = (typeof config === 'object' && config !== null ? config : {}) as PoolConfig;
    return isForAzure({
      options,
      connectionString: typeof config === 'string' ? config : options.connectionString,
      host: options.host,
      otherwise: process.env.PGHOST || defaults.host,
    });
  };
