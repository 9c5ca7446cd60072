import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { connectionOptionNames } from './option-names.ts';

/**
 * Refuses options of which nothing can be read: a URL object, a promise, a number. They would mean "none", and the program would connect to
 * whatever the environment says. So it would without what a class or prototype says (a getter): copying an object leaves that behind.
 *
 * @throws AzurePgError `INVALID_SETTING`.
 */
export function assertOptions(given: unknown): void {
  if (given === undefined || given === null) return;
  if (typeof given === 'object') {
    if (isPlain(given)) return;
    if (Object.keys(given).length > 0) {
      refuseInherited(given);
      return;
    }
  }
  const what = typeof given === 'object' ? (given.constructor?.name ?? 'object') : typeof given;
  throw new AzurePgError('INVALID_SETTING', `Expected options or a connection string, got ${what}`, {
    hint: given instanceof URL ? 'Pass url.href.' : given instanceof Promise ? 'Await it first.' : undefined,
  });
}

function refuseInherited(given: object): void {
  const name = [...connectionOptionNames, 'ssl'].find((each) => each in given && !Object.hasOwn(given, each));
  if (name === undefined) return;
  throw new AzurePgError(
    'INVALID_SETTING',
    `The option "${name}" is not the object's own: its class or prototype has it`,
    {
      hint: 'Give a plain object with all options in it.',
      setting: name,
      source: 'options',
    },
  );
}

/** Also from another realm, as in test runners. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
