import { isAzureHost } from '../../azure/endpoint.ts';
import { parseText } from '../parse/parse-text.ts';
import type { SettingName } from '../table/settings.ts';
import { invalidSetting } from './invalid-setting.ts';
import { refuseKeyVaultReference } from './layers.ts';
import { connectorSettings, connectorVariable, variable } from './read-environment.ts';

export interface ServiceConnector {
  readonly host: string;
  readonly settings: readonly {
    readonly name: SettingName;
    readonly value: string;
    readonly from: string;
    /** It was in the connection string. */
    readonly inText?: boolean;
  }[];
  readonly clientSecret: string | undefined;
}

/**
 * What Azure Service Connector put into the environment: single variables as for Node.js, or one AZURE_POSTGRESQL_CONNECTIONSTRING as
 * for the other client types (keyword/value, a URI, JDBC's URL or ADO.NET's pairs). undefined where it names no server.
 * https://learn.microsoft.com/azure/service-connector/how-to-integrate-postgres
 */
export function serviceConnector(env: NodeJS.ProcessEnv): ServiceConnector | undefined {
  const found = new Map<SettingName, { value: string; from: string; inText?: boolean }>();
  for (const [suffix, name] of connectorSettings) {
    const value = variable(env, connectorVariable(suffix));
    if (value) found.set(name, { value, from: origin(suffix) });
  }
  const text = variable(env, connectorVariable('CONNECTIONSTRING'));
  if (text !== undefined) {
    const from = origin('CONNECTIONSTRING');
    refuseKeyVaultReference(text, from);
    for (const [name, value] of Object.entries(parseText(text, from))) {
      if (!found.has(name as SettingName)) found.set(name as SettingName, { value, from, inText: true });
    }
  }
  const host = found.get('host')?.value;
  if (host === undefined) return undefined;
  // The generated "sslmode=require" and SSL=true ask for TLS; Azure's hosts get verify-full, which is more, by default.
  const azure = host.split(',').some((one) => isAzureHost(one.trim()));
  if (found.get('sslmode')?.value === 'require' && azure) found.delete('sslmode');
  const ssl = variable(env, connectorVariable('SSL'))?.trim().toLowerCase();
  const from = origin('SSL');
  if (ssl !== undefined && ssl !== 'true' && ssl !== 'false') {
    refuseKeyVaultReference(ssl, from);
    throw invalidSetting('sslmode', { from }, 'it must be true or false');
  }
  if (ssl === 'false') found.set('sslmode', { value: 'disable', from });
  else if (ssl === 'true' && !azure && !found.has('sslmode')) {
    found.set('sslmode', { value: 'require', from });
  }
  const clientSecret = variable(env, connectorVariable('CLIENTSECRET'));
  refuseKeyVaultReference(clientSecret ?? '', origin('CLIENTSECRET'));
  return {
    host,
    settings: [...found].map(([name, given]) => ({ name, ...given })),
    clientSecret,
  };
}

const origin = (suffix: string): string => `the environment variable ${connectorVariable(suffix)}`;
