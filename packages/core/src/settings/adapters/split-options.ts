import { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { ConnectionOptions } from '../gather/connection-options.ts';
import { connectionOptionNames, isConnectionOption } from '../gather/option-names.ts';
import { hintForUnknown } from '../parse/unknown-setting.ts';

/** An adapter's options, separated. */
export interface SplitOptions {
  /** For `resolveConnection`. */
  readonly connection: ConnectionOptions;
  /** For the driver. */
  readonly driver: Record<string, unknown>;
}

/**
 * Separates the one object in which an adapter is given its driver's options and ours. Values of undefined and null count as not given,
 * as in the drivers. A name that neither side knows is an error, where the drivers would ignore it or send it to the server.
 *
 * @param driverOptions what only the driver knows; a name that both know goes to us.
 * @throws AzurePgError `INVALID_SETTING` for an unknown name, with the nearest known one.
 */
export function splitOptions(options: object, driverOptions: ReadonlySet<string>): SplitOptions {
  const connection: Record<string, unknown> = {};
  const driver: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (driverOptions.has(name)) driver[name] = value;
    else if (isConnectionOption(name)) connection[name] = value;
    else throw unknownOption(name, driverOptions);
  }
  return { connection: connection as ConnectionOptions, driver };
}

function unknownOption(name: string, driverOptions: ReadonlySet<string>): AzurePgError {
  // A long or strange name may be anything, even a string that was spread into an object.
  const shown = /^[\w$.-]{1,60}$/.test(name);
  return new AzurePgError('INVALID_SETTING', shown ? `Unknown option "${name}"` : 'Unknown option', {
    hint: shown ? hintForUnknown(name, [...driverOptions, ...connectionOptionNames]) : undefined,
  });
}
