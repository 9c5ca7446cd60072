import { type AzureConnection, AzurePgError } from '@azure-pg/core';
import { isAzureHost } from '@azure-pg/core/adapter';
import type { DriverClient } from './driver-client.ts';

/** pg's options by which a program supplies the socket. */
const names = ['stream', 'connection'] as const;

/**
 * Refuses the program's own socket, on which pg connects itself and nobody verifies the server, unless nothing requires that: the
 * host is not Azure's, the sign-in is by password, and sslmode and the other settings accept any server that answers.
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
