import type { AzureConnection } from '@azure-pg/core';
import { CommandError } from '../command-error.ts';
import type { FreshSignIn } from '../fresh-sign-in.ts';
import { handedOverSslMode } from './handed-over-sslmode.ts';

/** What a command gets: libpq's variables and DATABASE_URL. `undefined` removes a variable that would contradict them. */
export function commandEnvironment(
  connection: AzureConnection,
  signIn: FreshSignIn,
  rootsFile: string | undefined,
): Record<string, string | undefined> {
  const { hosts, tls, connectTimeout, targetSessionAttrs, requireAuth, startupParameters } = connection;
  const database = connection.database ?? signIn.user;
  const addresses = hosts.map(({ hostaddr }) => hostaddr ?? '');
  return {
    PGHOST: hosts.map(({ host }) => host).join(','),
    PGHOSTADDR: addresses.some((address) => address !== '') ? addresses.join(',') : undefined,
    PGPORT: hosts.map(({ port }) => port).join(','),
    PGUSER: signIn.user,
    PGDATABASE: database,
    PGPASSWORD: signIn.password,
    PGSSLMODE: handedOverSslMode(connection),
    PGSSLROOTCERT: rootsFile,
    PGSSLCERT: fileOnly(tls.certificate),
    PGSSLKEY: fileOnly(tls.key),
    PGSSLCERTMODE: tls.certificateMode === 'allow' ? undefined : tls.certificateMode,
    PGSSLCRL: crlFile(tls.revocationList),
    PGSSLCRLDIR: tls.revocationListFolder,
    PGSSLSNI: tls.sni ? undefined : '0',
    PGSSLMINPROTOCOLVERSION: tls.minVersion,
    PGSSLMAXPROTOCOLVERSION: tls.maxVersion,
    PGCHANNELBINDING: connection.channelBinding,
    PGSSLNEGOTIATION: tls.negotiation === 'direct' ? 'direct' : undefined,
    PGCONNECT_TIMEOUT: connectTimeout === 0 ? undefined : String(Math.ceil(connectTimeout / 1000)),
    PGTARGETSESSIONATTRS: targetSessionAttrs === 'any' ? undefined : targetSessionAttrs,
    PGREQUIREAUTH: requireAuth?.written,
    PGAPPNAME: startupParameters.application_name,
    PGOPTIONS: startupParameters.options,
    // They would name another server or password than these.
    PGSERVICE: undefined,
    PGPASSFILE: undefined,
    DATABASE_URL: databaseUrl(connection, signIn),
    // Drivers of Node.js either ignore sslrootcert in a URL or send it to the server; this one they all respect.
    ...(tls.rootCertificates.length > 0 && rootsFile !== undefined && rootsFile !== 'system'
      ? { NODE_EXTRA_CA_CERTS: rootsFile }
      : {}),
  };
}

/** @throws CommandError for one given as text: without it libpq would accept a revoked certificate. */
function crlFile(value: string | undefined): string | undefined {
  if (!value?.includes('-----BEGIN')) return value;
  throw new CommandError(
    'The list of revoked certificates (sslcrl) is given as text, which libpq cannot read',
    {
      hint: 'Write it to a file, and give that as sslcrl.',
    },
  );
}

const fileOnly = (value: string | undefined): string | undefined =>
  value === undefined || value.includes('-----BEGIN') ? undefined : value;

/**
 * A URL for tools that take nothing else, with the password in it: libpq's grammar, everything percent-encoded, and only parameters
 * that every driver knows. `hostaddr` and `sslrootcert` stay in libpq's variables: other drivers send what they do not know to the server.
 */
export function databaseUrl(connection: AzureConnection, signIn: FreshSignIn): string {
  const { hosts } = connection;
  const socket = hosts.length === 1 && hosts[0]?.host.startsWith('/') ? hosts[0] : undefined;
  const password = signIn.password === undefined ? '' : `:${strictEncode(signIn.password)}`;
  const place =
    socket !== undefined ? '' : hosts.map(({ host, port }) => `${encodeHost(host)}:${port}`).join(',');
  const parameters: string[] = [];
  if (socket !== undefined) parameters.push(`host=${strictEncode(socket.host)}`, `port=${socket.port}`);
  parameters.push(`sslmode=${handedOverSslMode(connection)}`);
  const database = strictEncode(connection.database ?? signIn.user);
  return `postgresql://${strictEncode(signIn.user)}${password}@${place}/${database}?${parameters.join('&')}`;
}

/** encodeURIComponent leaves !'()* alone, which shells and some parsers treat specially. */
function strictEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const encodeHost = (host: string): string =>
  host.includes(':') ? `[${host.replaceAll('%', '%25')}]` : encodeURIComponent(host);
