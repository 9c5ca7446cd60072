import type { AzureConnection } from '@azure-pg/core';
import { rootsGiven, settingRow } from '@azure-pg/core/tooling';
import type { FreshSignIn } from '../fresh-sign-in.ts';
import { type LibpqSecurity, libpqSecurity } from './libpq-security.ts';

/** What a command gets: libpq's variables and DATABASE_URL. `undefined` removes a variable that would contradict them. */
export function commandEnvironment(
  connection: AzureConnection,
  signIn: FreshSignIn,
  rootsFile: string | undefined,
): Record<string, string | undefined> {
  const { hosts, tls, connectTimeout, targetSessionAttrs, startupParameters } = connection;
  // "system" is what programs trust anyway, and pg would take it for a file.
  const ownRoots = rootsGiven(tls) && rootsFile !== 'system' ? rootsFile : undefined;
  return {
    PGHOST: hosts.map(({ host }) => host).join(','),
    PGPORT: hosts.map(({ port }) => port).join(','),
    PGUSER: signIn.user,
    PGDATABASE: connection.database ?? signIn.user,
    PGPASSWORD: signIn.password,
    ...variables(libpqSecurity(connection, rootsFile)),
    PGCONNECT_TIMEOUT: connectTimeout === 0 ? undefined : String(Math.ceil(connectTimeout / 1000)),
    PGTARGETSESSIONATTRS: targetSessionAttrs === 'any' ? undefined : targetSessionAttrs,
    PGAPPNAME: startupParameters.application_name,
    PGOPTIONS: startupParameters.options,
    // They would name another server or password than these.
    PGSERVICE: undefined,
    PGPASSFILE: undefined,
    DATABASE_URL: databaseUrl(connection, signIn, ownRoots),
    // For programs in Node.js that take no file of roots.
    ...(ownRoots === undefined ? {} : { NODE_EXTRA_CA_CERTS: ownRoots }),
  };
}

function variables(security: LibpqSecurity): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(security).map(([name, value]) => [
      settingRow(name as keyof LibpqSecurity).variable,
      value,
    ]),
  );
}

/**
 * A URL for tools that take nothing else, with the password in it: libpq's grammar, everything percent-encoded. What secures the connection
 * is in it where it is not libpq's default, for other drivers send what they do not know to the server, which then refuses them.
 *
 * @param rootsFile the roots to trust, where they are not those that every program trusts.
 */
export function databaseUrl(
  connection: AzureConnection,
  signIn: FreshSignIn,
  rootsFile: string | undefined,
): string {
  const { hosts } = connection;
  const socket = hosts.length === 1 && hosts[0]?.host.startsWith('/') ? hosts[0] : undefined;
  const password = signIn.password === undefined ? '' : `:${strictEncode(signIn.password)}`;
  const place =
    socket !== undefined ? '' : hosts.map(({ host, port }) => `${encodeHost(host)}:${port}`).join(',');
  const parameters = Object.entries({
    ...(socket === undefined ? {} : { host: socket.host, port: String(socket.port) }),
    ...withoutDefaults(libpqSecurity(connection, rootsFile)),
  }).map(([name, value]) => `${name}=${strictEncode(value)}`);
  const database = strictEncode(connection.database ?? signIn.user);
  return `postgresql://${strictEncode(signIn.user)}${password}@${place}/${database}?${parameters.join('&')}`;
}

function withoutDefaults(security: LibpqSecurity): Record<string, string> {
  const said = Object.entries(security).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== settingRow(entry[0] as keyof LibpqSecurity).default,
  );
  return Object.fromEntries(said);
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
