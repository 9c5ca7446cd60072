import type { Driver } from './driver-client.ts';

/** Under this name our classes keep those of pg that they extend. */
export const bare: unique symbol = Symbol.for('@azure-pg/pg.bare');

/** A copy of pg with its own classes, also where `register` or somebody else has put ours in their place. */
export function bareDriver(driver: Driver): Driver {
  const { Client, Pool, DatabaseError, defaults } = driver;
  return { Client: bareClass(Client), Pool: bareClass(Pool), DatabaseError, defaults };
}

const bareClass = <Class extends object>(given: Class): Class => (given as { [bare]?: Class })[bare] ?? given;
