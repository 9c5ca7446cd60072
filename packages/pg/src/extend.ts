import { AzurePgError } from '@azure-pg/core';
import { bareDriver } from './bare-driver.ts';
import { extendClient } from './client.ts';
import type { Driver } from './driver-client.ts';
import { type ClientClass, isClientClass, type OwnClass, own, type PoolClass } from './own-classes.ts';
import { extendPool } from './pool.ts';

/** What {@link extend} makes of a copy of pg. */
export interface ExtendedClasses {
  readonly Client: ClientClass;
  readonly Pool: PoolClass;
}

// Registered, and kept by the class that is extended: there is one pair for a copy of pg, whichever copy of this package is asked for it.
const extended: unique symbol = Symbol.for('@azure-pg/pg.extended');

/**
 * The `Pool` and `Client` of this library built on a copy of pg that is not the one it finds itself: an ORM's own, or one of another version.
 * The same classes each time, from the ES module and from the CommonJS build. The copy itself is not changed.
 *
 * @param driver what `import pg from 'pg'` gives.
 * @throws AzurePgError `INVALID_SETTING` for pg's native client, which opens its own connections, and for what is no pg.
 *
 * @example
 * const { Pool } = extend(require('pg'));
 */
export function extend(driver: Driver): ExtendedClasses {
  if (typeof driver?.Client !== 'function' || typeof driver.Pool !== 'function') {
    throw new AzurePgError('INVALID_SETTING', 'extend() takes what pg exports', {
      hint: "Write import pg from 'pg' and extend(pg), or extend(require('pg')).",
    });
  }
  const base = bareDriver(driver);
  // A class of the program's that extends pg's inherits what pg's own says of itself.
  const known =
    Object.hasOwn(base.Client, extended) && (base.Client as { [extended]?: ExtendedClasses })[extended];
  if (known) return known;
  const { Client: given } = driver;
  const Client = isClientClass(given) ? takingAll(given, base) : extendClient(base, always);
  const classes = { Client, Pool: extendPool(base, Client, always) };
  // Of a frozen class there are new ones each time.
  Reflect.defineProperty(base.Client, extended, { value: classes });
  return classes;
}

const always = (): boolean => true;

/** Where `register` has replaced pg's class by one that leaves to pg what is not for us. What others do to that class (OpenTelemetry) holds for ours, too. */
function takingAll(given: object, driver: Driver): ClientClass {
  class Client extends (given as ClientClass) {}
  Object.defineProperty(Client, own, { value: { driver, takes: always } satisfies OwnClass });
  return Client;
}
