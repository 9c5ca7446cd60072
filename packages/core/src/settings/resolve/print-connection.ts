import { isIPv6 } from 'node:net';
import { isAzureHost } from '../../azure/endpoint.ts';
import type { AzureConnection } from '../../connection/connection.ts';
import { secretsOf } from '../../connection/connection-secrets.ts';
import { isPem } from '../../tls/certificate-file.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import type { Layers } from '../gather/layers.ts';
import { isSecretSetting, type SettingName, settingNames } from '../table/settings.ts';
import { keyVaultPrefix } from './sign-in-settings.ts';

/**
 * A URI without secrets that resolves to the same settings, even without the environment: it repeats everything that was given. What
 * follows from that is left out, because it will follow again.
 */
export function printConnection(connection: AzureConnection, { layers }: GatheredSettings): string {
  const parameters = settingNames.flatMap((name) => {
    const value = printed(connection, layers, name);
    return value === undefined ? [] : [`${name}=${encode(value)}`];
  });
  const user = connection.user === undefined ? '' : `${encodeURIComponent(connection.user)}@`;
  const hosts = connection.hosts.map(({ host, port }) => `${encodeHost(host)}:${port}`).join(',');
  const database = connection.database === undefined ? '' : encodeURIComponent(connection.database);
  const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  return `postgresql://${user}${hosts}/${database}${query}`;
}

/** A setting's parameter; undefined for none. */
function printed(connection: AzureConnection, layers: Layers, name: SettingName): string | undefined {
  if (Object.hasOwn(whatHolds, name)) return whatHolds[name]?.(connection, layers);
  return isSecretSetting(name) ? undefined : layers.get(name)?.value;
}

type WhatHolds = (connection: AzureConnection, layers: Layers) => string | undefined;

/** Says nothing where nobody gave the setting, and an empty value where it lost against another one. */
const ifGiven =
  (name: SettingName, value: (connection: AzureConnection) => string | undefined): WhatHolds =>
  (connection, layers) =>
    layers.has(name) ? (value(connection) ?? '') : undefined;

const elsewhere: WhatHolds = () => undefined;

/** Settings that stand elsewhere in the URI, may have lost against another one, or were read from more than their own words. */
const whatHolds: Partial<Record<SettingName, WhatHolds>> = {
  host: elsewhere,
  port: elsewhere,
  user: ({ user }, layers) => (user === undefined && layers.has('user') ? '' : undefined),
  dbname: ({ database }, layers) => (database === undefined && layers.has('dbname') ? '' : undefined),
  // Its settings are repeated.
  service: elsewhere,
  servicefile: elsewhere,
  auth: (connection, layers) => {
    const { auth, hosts } = connection;
    const unsaid = hosts.some(({ host }) => isAzureHost(host)) ? 'entra' : 'password';
    // A password that the URI does not hold could be what an environment says; it would mean auth=password.
    const open = auth === 'entra' && layers.has('password');
    return auth === unsaid && !layers.has('auth') && !open ? undefined : auth;
  },
  password: (connection) => {
    const { password } = secretsOf(connection);
    return connection.auth === 'keyvault' && typeof password === 'string'
      ? keyVaultPrefix + password
      : undefined;
  },
  passfile: ifGiven('passfile', ({ passfile }) => passfile),
  sslkey: ({ tls }) => (isPem(tls.key) ? undefined : tls.key),
  sslrootcert: ifGiven('sslrootcert', ({ tls }) => tls.rootCertificates.join('\n')),
  client_id: ifGiven('client_id', ({ entra }) => entra.clientId),
  managed_identity_resource_id: ifGiven(
    'managed_identity_resource_id',
    ({ entra }) => entra.managedIdentityResourceId,
  ),
  // AZURE_AUTHORITY_HOST is not a setting's variable.
  authority_host: ({ entra }) => entra.authorityHost,
  pgbouncer: elsewhere,
  pool_mode: ({ pooling }, layers) =>
    layers.has('pool_mode') || layers.has('pgbouncer') ? pooling.poolMode : undefined,
  max_prepared_statements: ifGiven('max_prepared_statements', ({ pooling }) =>
    String(pooling.maxPreparedStatements),
  ),
};

// These are not special in a query and easier on the eye as they are.
const encode = (value: string): string =>
  encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2C', ',');

const encodeHost = (host: string): string =>
  isIPv6(host) ? `[${host.replaceAll('%', '%25')}]` : encodeURIComponent(host);
