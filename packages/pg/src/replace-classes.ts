import { isForAzure, type Require, warnOnce } from '@azure-pg/core/adapter';
import { bare } from './bare-driver.ts';
import { extendClient } from './client.ts';
import type { Driver } from './driver-client.ts';
import type { PoolConfig } from './options.ts';
import { type ClientClass, driverOf, isClientClass, type Takes } from './own-classes.ts';
import { extendPool } from './pool.ts';
import { isResolved } from './read-config.ts';

/**
 * A class in the place of the one that a copy of pg has in lib/client.js, so that pg itself and whoever changes it (OpenTelemetry does) find one class. What leads to
 * Azure, or says so in its settings, is ours; everything else is left to pg's own code, to the letter.
 */
export function replaceClient(given: unknown, load: Require | undefined): unknown {
  const Client = given as Driver['Client'];
  if (isClientClass(Client) || load === undefined || !isSupported(load)) return given;
  const { DatabaseError } = load('pg-protocol') as Pick<Driver, 'DatabaseError'>;
  const defaults = load('./defaults') as Driver['defaults'];
  // Its pool is not made yet.
  const driver = { Client, DatabaseError, defaults } as Driver;
  const made = extendClient(driver, takesFor(defaults));
  replaces(made, Client);
  return made;
}

/** From 8.11 on. A program may have an older copy besides, for something else. */
function isSupported(load: Require): boolean {
  const { version } = load('../package.json') as { version: string };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 8 || (major === 8 && minor >= 11);
}

/** The same for all that a copy of pg exports, whose client has been replaced. */
export function replaceExports(exports: unknown, load: Require | undefined): unknown {
  const pg = exports as Driver;
  if (bare in pg.Pool) return exports;
  const Client = isClientClass(pg.Client) ? pg.Client : load?.('./client');
  const driver = driverOf(Client);
  if (driver === undefined || ![Client, driver.Client].includes(pg.Client)) {
    warnBeforeAzure(pg);
    return exports;
  }
  Object.assign(driver, { Pool: pg.Pool });
  const Pool = extendPool(driver, Client as ClientClass, takesFor(pg.defaults));
  replaces(Pool, pg.Pool);
  return Object.assign(pg, { Client, Pool });
}

/** A copy that cannot be replaced, says so when it is about to connect to Azure; of where else it connects nobody asked us. */
function warnBeforeAzure({ Client, defaults }: Driver): void {
  const prototype = Client.prototype as { connect(...values: unknown[]): unknown; host?: string };
  const { connect } = prototype;
  prototype.connect = function (...values) {
    if (isForAzure({ options: {}, host: this.host, otherwise: process.env.PGHOST || defaults.host })) {
      warnOnce(
        undefined,
        'register: pg',
        'A copy of pg connects by itself, and @azure-pg/pg/register does nothing for it: it is older than 8.11, or pg-native (NODE_PG_FORCE_NATIVE).',
      );
    }
    return connect.apply(this, values);
  };
}

function replaces(made: object, Base: { readonly name: string }): void {
  Object.defineProperty(made, 'name', { value: Base.name, configurable: true });
  // A program's own "instanceof pg.Client" holds for whatever is a client of pg's; that of a class that extends it does not.
  Object.defineProperty(made, Symbol.hasInstance, {
    value(this: unknown, value: unknown) {
      return Function.prototype[Symbol.hasInstance].call(
        this === made ? (Base as never) : (this as never),
        value,
      );
    },
  });
}

const takesFor =
  (defaults: Driver['defaults']): Takes =>
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
