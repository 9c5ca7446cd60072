import { AzurePgError } from '../../errors/azure-pg-error.ts';

/**
 * Refuses options of which nothing can be read: a URL object, a promise, a number. They would mean "none", and the program would connect to
 * whatever the environment says.
 *
 * @throws AzurePgError `INVALID_SETTING`.
 */
export function assertOptions(given: unknown): void {
  if (given === undefined || given === null) return;
  if (typeof given === 'object' && (isPlain(given) || Object.keys(given).length > 0)) return;
  const what = typeof given === 'object' ? (given.constructor?.name ?? 'object') : typeof given;
  throw new AzurePgError('INVALID_SETTING', `Expected options or a connection string, got ${what}`, {
    hint: given instanceof URL ? 'Pass url.href.' : given instanceof Promise ? 'Await it first.' : undefined,
  });
}

/** Also from another realm, as in test runners. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
