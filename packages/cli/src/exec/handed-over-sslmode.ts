import type { AzureConnection, SslMode } from '@azure-pg/core';
import { permittedAttempts } from '@azure-pg/core/tooling';

/**
 * The sslmode for a program that is given the token: the connection's own, but never one under which libpq would send the token in
 * plaintext. "allow" and "prefer" become "require" where plaintext is not permitted.
 *
 * @throws AzurePgError `INSECURE_CONNECTION` where nothing but plaintext or unverified TLS is left, `HOST_NOT_ALLOWED`.
 */
export function handedOverSslMode(connection: AzureConnection): SslMode {
  const { mode } = connection.tls;
  const attempts = connection.hosts.flatMap((host) => permittedAttempts(connection, host));
  if (mode !== 'allow' && mode !== 'prefer') return mode;
  const mayBePlain = attempts.some(({ encryption }) => encryption === 'plaintext');
  return mayBePlain ? mode : 'require';
}
