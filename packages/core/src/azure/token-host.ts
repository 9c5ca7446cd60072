import { BlockList, isIP } from 'node:net';
import type { AzureConnection, Host } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { isAzureHost } from './endpoint.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** libpq: a host that starts with "/" is a Unix socket's folder, one with "@" an abstract socket. */
export function isUnixSocket(host: string): boolean {
  return host.startsWith('/') || host.startsWith('@');
}

/** "localhost", 127.0.0.0/8, ::1 in any spelling, or a Unix socket. */
export function isLoopback(host: string): boolean {
  if (isUnixSocket(host)) return true;
  const family = isIP(host);
  if (family !== 0) return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
  return /^localhost\.?$/i.test(host);
}

/** This machine answers, whatever listens there: a loopback name without a `hostaddr` elsewhere, whose stream nobody else dials. */
export function isThisMachine({ host, hostaddr }: Pick<Host, 'host' | 'hostaddr'>, dialled = false): boolean {
  return !dialled && isLoopback(host) && (hostaddr === undefined || isLoopback(hostaddr));
}

/**
 * Whether an Entra token may go to this host: it is Azure's, or this machine's own, or one the user allowed (`allowed_hosts`). What
 * counts is the name the user gave, never what DNS answers for it; but a loopback name with a `hostaddr` elsewhere is not loopback, nor is
 * one whose stream is dialled by somebody else.
 */
export function isTokenHostAllowed(
  host: Pick<Host, 'host' | 'hostaddr'>,
  connection: { readonly entra: Pick<AzureConnection['entra'], 'allowedHosts'> },
  dialled = false,
): boolean {
  return isThisMachine(host, dialled) || isTokenName(host.host, connection);
}

/**
 * The name that the certificate is checked against (`ssl_server_name`) has to be such a host as well: who has a certificate for it gets the
 * token, whatever the host is called.
 *
 * @throws AzurePgError `HOST_NOT_ALLOWED` where {@link isTokenHostAllowed} says no.
 */
export function assertTokenHost(host: Host, connection: AzureConnection, dialled = false): void {
  const { serverName } = connection.tls;
  const refused = !isTokenHostAllowed(host, connection, dialled)
    ? host.host
    : serverName !== undefined && !isThisMachine(host, dialled) && !isTokenName(serverName, connection)
      ? serverName
      : undefined;
  if (refused === undefined) return;
  throw new AzurePgError(
    'HOST_NOT_ALLOWED',
    `"${refused}"${refused === host.host ? '' : ' (from ssl_server_name)'} is not a host of Azure Database for PostgreSQL, so it gets no Entra token`,
    {
      hint: 'If it is yours (private DNS), allow it: allowed_hosts=.example.org. Otherwise give a password.',
    },
  );
}

/** Whether a name is Azure's, or one of those that the user allowed. */
export function isTokenName(name: string, { entra }: Parameters<typeof isTokenHostAllowed>[1]): boolean {
  return isAzureHost(name) || entra.allowedHosts.some((allowed) => allows(allowed, name));
}

function allows(allowed: string, host: string): boolean {
  const pattern = allowed.toLowerCase().replace(/\.$/, '');
  const name = host.toLowerCase().replace(/\.$/, '');
  return pattern.startsWith('.') ? name.length > pattern.length && name.endsWith(pattern) : name === pattern;
}
