import { cloudOfAuthority, clouds, cosmosScope } from '../../azure/clouds.ts';
import { isLoopback } from '../../azure/token-host.ts';
import type { Host, TlsSettings } from '../../connection/connection.ts';
import type { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { GivenSetting } from '../gather/layers.ts';
import type { SettingName } from '../table/settings.ts';

const databaseScopes = new Set([...clouds.map(({ scope }) => scope), cosmosScope]);
const managementScopes = new Set(['off', ...clouds.map(({ managementScope }) => managementScope)]);

/** What decides who gets an identity's secrets, and which of its values any text may give. */
const widening: readonly (readonly [SettingName, (value: string) => boolean])[] = [
  ['allowed_hosts', () => false],
  ['authority_host', (value) => cloudOfAuthority(value) !== undefined && /^https:/i.test(value)],
  ['scope', (value) => databaseScopes.has(value)],
  ['management_scope', (value) => managementScopes.has(value)],
];

/**
 * Refuses settings in a connection string, DATABASE_URL or service file that would send the identity's secrets to somebody who is not Azure: a
 * text is data, and its author should not thereby get what the program's identity can do. Code and single variables may give them.
 *
 * @throws AzurePgError `INVALID_SETTING`
 */
export function refuseWidenedTrust({ layers, trustConnectionString }: GatheredSettings): void {
  if (trustConnectionString) return;
  for (const [name, isSafe] of widening) {
    const given = layers.get(name);
    if (given?.inText !== true || given.value === '' || isSafe(given.value)) continue;
    const variable = name === 'authority_host' ? 'AZURE_AUTHORITY_HOST' : `AZURE_PG_${name.toUpperCase()}`;
    throw widened(name, given, '', variable);
  }
}

/**
 * Refuses a `hostaddr` in such a text where an Entra token would go to whoever answers there: the host's name, which is Azure's or was allowed, is then no more
 * than a word. It is one only for a certificate that is checked against roots which the text does not bring along.
 *
 * @throws AzurePgError `INVALID_SETTING`
 */
export function refuseForeignAddress(
  { layers, trustConnectionString }: GatheredSettings,
  hosts: readonly Host[],
  { mode }: TlsSettings,
): void {
  const given = layers.get('hostaddr');
  const roots = layers.get('sslrootcert');
  if (trustConnectionString || given?.inText !== true) return;
  if (hosts.every(({ hostaddr }) => hostaddr === undefined || isLoopback(hostaddr))) return;
  const ownRoots = roots?.inText === true && roots.value !== '' && roots.value !== 'system';
  if (mode === 'verify-full' && !ownRoots) return;
  throw widened(
    'hostaddr',
    given,
    'Leave out sslmode and sslrootcert, so that only Azure’s server has the certificate. ',
    'PGHOSTADDR',
  );
}

function widened(name: SettingName, given: GivenSetting, advice: string, variable: string): AzurePgError {
  return invalidSetting(
    name,
    given,
    'a text like this does not decide to whom the identity’s secrets go',
    `${advice}Give it as the option "${name}" or in ${variable}; or, where nobody else can write the text, say trustConnectionString: true.`,
  );
}
