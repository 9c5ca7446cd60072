import { type AzureConnection, AzurePgError } from '@azure-pg/core';
import { isAzureHost } from '@azure-pg/core/adapter';
import type { DriverClient } from './driver-client.ts';

/** pg's options by which a program brings the socket. */
const names = ['stream', 'connection'] as const;

/**
 * Refuses a socket of the program's, on which pg connects by itself and nobody verifies the server, unless nothing asks for that: the
 * host is not Azure's, the sign-in is by password, and sslmode and the other settings are content with whoever answers.
 *
 * @throws AzurePgError `INVALID_SETTING`, naming the option.
 */
export function assertMaySupplySocket(
  driver: Readonly<Record<string, unknown>>,
  connection: AzureConnection,
): void {
  const name = names.find((each) => each in driver);
  if (name !== undefined && typeof driver[name] === 'string') {
    throw new AzurePgError('INVALID_SETTING', `The option "${name}" cannot be a text`, {
      hint: 'A connection string is given as the option "connectionString", or alone.',
    });
  }
  if (name === undefined || mayGoUnverified(connection)) return;
  throw new AzurePgError('INVALID_SETTING', `The option "${name}" cannot be used`, {
    hint: 'This library opens the socket itself, to verify the server before anything is sent. For a tunnel use host and hostaddr.',
  });
}

/** Whether the program replaced how a client's connection makes its socket, as tests do, and may. */
export function replacesConnecting(client: DriverClient, connection: AzureConnection): boolean {
  return Object.hasOwn(client.connection, 'connect') && mayGoUnverified(connection);
}

/** Whether a config says what the socket is. */
export const suppliesSocket = (config: object): boolean =>
  names.some((name) => Boolean((config as Record<string, unknown>)[name]));

function mayGoUnverified({ auth, channelBinding, hosts, requireAuth, tls }: AzureConnection): boolean {
  const content = ['disable', 'allow', 'prefer'].includes(tls.mode) && channelBinding !== 'require';
  return (
    auth === 'password' &&
    content &&
    requireAuth === undefined &&
    !hosts.some(({ host }) => isAzureHost(host))
  );
}
