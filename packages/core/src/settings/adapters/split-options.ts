import type { Logger } from '../../notices/logger.ts';
import type { ConnectionOptions } from '../gather/connection-options.ts';
import { isConnectionOption } from '../gather/option-names.ts';
import { isShowableName } from '../gather/unknown-option.ts';
import { refuseForeign } from './foreign-options.ts';

/** An adapter's options, separated. */
export interface SplitOptions {
  /** For `resolveConnection`. */
  readonly connection: ConnectionOptions;
  /** For the driver: its own options, and those that nobody here knows. */
  readonly driver: Record<string, unknown>;
}

/**
 * Separates the one object in which an adapter is given its driver's options and ours. Values of undefined and null count as not given,
 * as in the drivers. Libraries pass options of their own along; a name that neither side knows goes to the driver, as it would without us, and
 * the logger is told at debug level, unless passing it would hide a mistake.
 *
 * @param driverOptions what only the driver knows; a name that both know goes to us.
 * @throws AzurePgError `INVALID_SETTING` for an unknown name that is nearly a known one, says in other words what is not said otherwise, or is
 *   about security.
 */
export function splitOptions(options: object, driverOptions: ReadonlySet<string>): SplitOptions {
  const connection: Record<string, unknown> = {};
  const driver: Record<string, unknown> = {};
  const foreign: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (isConnectionOption(name) && !driverOptions.has(name)) {
      connection[name] = value;
      continue;
    }
    driver[name] = value;
    if (!driverOptions.has(name)) foreign.push(name);
  }
  if (foreign.length > 0) {
    refuseForeign(foreign, driverOptions, (name) => name in connection || name in driver);
    tell(connection.logger as Logger | undefined, foreign);
  }
  return { connection: connection as ConnectionOptions, driver };
}

function tell(logger: Logger | undefined, names: readonly string[]): void {
  try {
    logger?.debug?.('Options that are not known here are left to the driver', {
      options: names.filter(isShowableName),
    });
  } catch {
    // A logger that throws must not fail the connection.
  }
}
