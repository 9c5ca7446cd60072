import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { isConnectionOption } from '../gather/option-names.ts';

/** Of the drivers' pools and connections, what programs set most. */
const driverOptions: ReadonlySet<string> = new Set(
  (
    'allowExitOnIdle connectionTimeoutMillis idleTimeoutMillis max maxLifetimeSeconds maxUses min pool query_timeout ssl statement_timeout ' +
    'connect_timeout idle_timeout max_lifetime prepare'
  ).split(' '),
);

/**
 * Refuses options of the connection or its pool in the object that holds an ORM's own: the ORM would ignore them, and the connection be
 * another one than was meant. What nobody knows passes; a newer ORM may.
 *
 * @param own what the ORM knows.
 * @param place where such an option belongs, as code.
 * @throws AzurePgError `INVALID_SETTING`
 */
export function refuseMisplaced(options: object, own: ReadonlySet<string>, place: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || own.has(name)) continue;
    if (!isConnectionOption(name) && !driverOptions.has(name)) continue;
    throw new AzurePgError('INVALID_SETTING', `The option "${name}" has no effect here`, {
      hint: `It is one of the connection: ${place}.`,
      setting: name,
      source: 'options',
    });
  }
}
