import { isIPv6 } from 'node:net';
import { publicCloud } from '../../azure/clouds.ts';
import { endpointOf, isAzureHost, scopeOf } from '../../azure/endpoint.ts';
import type { AzureConnection } from '../../connection/connection.ts';
import { secretsOf } from '../../connection/connection-secrets.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import type { SettingName } from '../parse/setting-names.ts';
import { keyVaultPrefix } from './sign-in-settings.ts';
import { isPem } from './tls-settings.ts';

/** A setting as it now is, and the value that it has where nobody says anything. */
type Printed = readonly [name: SettingName, value: string | undefined, unsaid: string | undefined];

/**
 * A URI without secrets that resolves to the same settings, also where the environment is gone: it holds whatever was said by anybody
 * and whatever differs from what the hosts alone would give.
 */
export function printConnection(connection: AzureConnection, { layers }: GatheredSettings): string {
  const parameters = [...settingsOf(connection), ...askingForNothing.map(verbatim)].flatMap(
    ([name, value, unsaid]) =>
      layers.has(name) || value !== unsaid ? [`${name}=${encode(value ?? '')}`] : [],
  );
  function verbatim(name: SettingName): Printed {
    return [name, layers.get(name)?.value, undefined];
  }
  if (connection.user === undefined && layers.has('user')) parameters.unshift('user=');
  if (connection.database === undefined && layers.has('dbname')) parameters.unshift('dbname=');
  if (isPem(connection.tls.key)) remove(parameters, 'sslkey=');
  const { auth } = connection;
  // A password that the URL does not hold could be what an environment says; it would mean auth=password.
  if (
    auth === usualAuth(connection) &&
    !layers.has('auth') &&
    !(auth === 'entra' && layers.has('password'))
  ) {
    remove(parameters, 'auth=');
  }
  const user = connection.user === undefined ? '' : `${encodeURIComponent(connection.user)}@`;
  const hosts = connection.hosts.map(({ host, port }) => `${encodeHost(host)}:${port}`).join(',');
  const database = connection.database === undefined ? '' : encodeURIComponent(connection.database);
  const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  return `postgresql://${user}${hosts}/${database}${query}`;
}

/** Settings whose accepted values change nothing; they are repeated, so that an environment cannot say otherwise. */
const askingForNothing: readonly SettingName[] = [
  'gssencmode',
  'gssdelegation',
  'gsslib',
  'krbsrvname',
  'requirepeer',
  'sslcompression',
  'sslkeylogfile',
  'tcp_user_timeout',
  'min_protocol_version',
  'max_protocol_version',
  'oauth_issuer',
  'oauth_client_id',
  'oauth_scope',
  'uselibpqcompat',
];

function settingsOf(connection: AzureConnection): Printed[] {
  const { hosts, auth, entra, tls, pooling, startupParameters, tcp } = connection;
  const azure = hosts.some(({ host }) => isAzureHost(host));
  const pooled = hosts.some(({ host, port }) => endpointOf(host, port).pooled);
  const number = (value: number | undefined): string => String(value ?? 0);
  const flag = (value: boolean): string => (value ? '1' : '0');
  const vault = secretsOf(connection).password;
  const usualScope = hosts.map(({ host }) => scopeOf(host)).find((scope) => scope !== undefined);
  return [
    [
      'hostaddr',
      joined(
        hosts.map(({ hostaddr }) => hostaddr ?? ''),
        ',',
      ),
      undefined,
    ],
    ['auth', auth, undefined],
    ...(auth === 'keyvault' && typeof vault === 'string'
      ? [['password', keyVaultPrefix + vault, undefined] as const]
      : []),
    ['scope', entra.scope, usualScope ?? publicCloud.scope],
    ['client_id', entra.clientId, undefined],
    ['tenant_id', entra.tenantId, undefined],
    ['managed_identity_resource_id', entra.managedIdentityResourceId, undefined],
    ['authority_host', entra.authorityHost, undefined],
    ['allowed_hosts', joined(entra.allowedHosts, ','), undefined],
    ['sslmode', tls.mode, azure || auth === 'entra' ? 'verify-full' : 'prefer'],
    ['sslnegotiation', tls.negotiation, 'postgres'],
    ['sslrootcert', joined(tls.rootCertificates, '\n'), undefined],
    ['trust', tls.trust, 'default'],
    ['sslcert', tls.certificate, undefined],
    ['sslkey', tls.key, undefined],
    ['sslcertmode', tls.certificateMode, 'allow'],
    ['sslcrl', tls.revocationList, undefined],
    ['sslcrldir', tls.revocationListFolder, undefined],
    ['sslsni', flag(tls.sni), '1'],
    ['ssl_min_protocol_version', tls.minVersion, 'TLSv1.2'],
    ['ssl_max_protocol_version', tls.maxVersion, undefined],
    ['ssl_server_name', tls.serverName, undefined],
    ['pool_mode', pooling.poolMode, pooled ? 'transaction' : 'none'],
    ['max_prepared_statements', number(pooling.maxPreparedStatements), '0'],
    ['session_features', connection.sessionFeatures, 'warn'],
    ['direct_port', connection.directPort?.toString(), undefined],
    ['pooled_port', connection.pooledPort?.toString(), undefined],
    ['application_name', startupParameters.application_name, undefined],
    ['client_encoding', startupParameters.client_encoding, undefined],
    ['options', startupParameters.options, undefined],
    ['replication', startupParameters.replication, undefined],
    ['connect_timeout', number(connection.connectTimeout / 1000), '30'],
    ['keepalives', flag(tcp.keepalives), '1'],
    ['keepalives_idle', number(tcp.keepalivesIdle), '60'],
    ['keepalives_interval', number(tcp.keepalivesInterval), '0'],
    ['keepalives_count', number(tcp.keepalivesCount), '0'],
    ['target_session_attrs', connection.targetSessionAttrs, 'any'],
    ['load_balance_hosts', connection.loadBalanceHosts, 'disable'],
    ['require_auth', connection.requireAuth, undefined],
    ['channel_binding', connection.channelBinding, 'prefer'],
    ['passfile', connection.passfile, connection.passfile],
  ];
}

/** What auth is where nobody says it and there is no password. */
function usualAuth({ hosts }: AzureConnection): AzureConnection['auth'] {
  return hosts.some(({ host }) => isAzureHost(host)) ? 'entra' : 'password';
}

const joined = (parts: readonly string[], separator: string): string | undefined =>
  parts.some((part) => part !== '') ? parts.join(separator) : undefined;

function remove(parameters: string[], start: string): void {
  const index = parameters.findIndex((parameter) => parameter.startsWith(start));
  if (index >= 0) parameters.splice(index, 1);
}

// These are not special in a query and easier on the eye as they are.
const encode = (value: string): string =>
  encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%2C', ',');

const encodeHost = (host: string): string =>
  isIPv6(host) ? `[${host.replaceAll('%', '%25')}]` : encodeURIComponent(host);
