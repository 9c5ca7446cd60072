import { cloudOfAuthority, clouds, cosmosScope } from '../../azure/clouds.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { SettingName } from '../table/settings.ts';

const databaseScopes = new Set([...clouds.map(({ scope }) => scope), cosmosScope]);
const managementScopes = new Set(['off', ...clouds.map(({ managementScope }) => managementScope)]);

/** What decides to whom an identity's secrets go, and which of its values every text may say. */
const widening: readonly (readonly [SettingName, (value: string) => boolean])[] = [
  ['allowed_hosts', () => false],
  ['authority_host', (value) => cloudOfAuthority(value) !== undefined && /^https:/i.test(value)],
  ['scope', (value) => databaseScopes.has(value)],
  ['management_scope', (value) => managementScopes.has(value)],
];

/**
 * Refuses words of a connection string, DATABASE_URL or service file that would send the identity's secrets to somebody who is not Azure: a
 * text is data, and whoever writes it should not thereby get what the program's identity can do. Code and single variables may say them.
 *
 * @throws AzurePgError `INVALID_SETTING`
 */
export function refuseWidenedTrust({ layers, trustConnectionString }: GatheredSettings): void {
  if (trustConnectionString) return;
  for (const [name, isSafe] of widening) {
    const given = layers.get(name);
    if (given?.inText !== true || given.value === '' || isSafe(given.value)) continue;
    throw invalidSetting(
      name,
      given,
      'a text like this does not decide to whom the identity’s secrets go',
      `Give it as the option "${name}" or in ${name === 'authority_host' ? 'AZURE_AUTHORITY_HOST' : `AZURE_PG_${name.toUpperCase()}`}; or, where nobody else can write the text, say trustConnectionString: true.`,
    );
  }
}
