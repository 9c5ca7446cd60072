import { bareDriver, type Driver } from './bare-driver.ts';
import type { ExtendedDriver } from './extended-driver.ts';
import { makeInstance } from './instance.ts';
import { poolOf } from './pool-of.ts';
import { runTransaction } from './run-transaction.ts';

/** The driver's function over a copy of it, whose connections are ours. */
export function extendDriver<More extends object>(given: Driver): ExtendedDriver<More> {
  const driver = bareDriver(given);
  // As the driver's can, this can be called with "new".
  function Postgres(first?: unknown, second?: object): unknown {
    return typeof first === 'string' || first instanceof URL
      ? makeInstance(driver, String(first), second ?? {})
      : makeInstance(driver, undefined, first ?? second ?? {});
  }
  const postgres = Object.assign(Postgres, driver) as unknown as ExtendedDriver<More>;
  Object.defineProperty(postgres, 'default', { value: postgres });
  // For require(), which is given the function alone.
  Object.defineProperties(postgres, { runTransaction: { value: runTransaction }, poolOf: { value: poolOf } });
  return postgres;
}
