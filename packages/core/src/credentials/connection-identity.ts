import type { AzureConnection, Host } from '../connection/connection.ts';
import { secretsOf } from '../connection/connection-secrets.ts';
import type { CredentialOwner } from './token/shared-token-providers.ts';

/** Whose tokens this connection uses. Connections that agree in it share their tokens. */
export function ownerOf(connection: AzureConnection): CredentialOwner {
  const { credential, clientSecret } = secretsOf(connection);
  if (credential !== undefined) return { credential };
  const { scope: _, managementScope: __, allowedHosts: ___, ...settings } = connection.entra;
  return { settings: { ...settings, clientSecret } };
}

/** The connection's entry for this host, or for this host and port where the host is listed more than once. */
export function placeOf(connection: AzureConnection, host: string, port?: number): Host {
  const places = connection.hosts.filter((one) => one.host === host);
  return (
    places.find((one) => one.port === port) ?? places[0] ?? { host, hostaddr: undefined, port: port ?? 5432 }
  );
}
