import type { AzureConnection } from '@azure-pg/core';
import { readClaims, signInSource } from '@azure-pg/core/tooling';

/** Who signs in now, and with what. */
export interface FreshSignIn {
  readonly user: string;
  readonly password: string | undefined;
  /** When the password stops opening connections; undefined for an ordinary one. Milliseconds since 1970. */
  readonly expiresAt: number | undefined;
}

/** Longest wait for a token. Azure's own library gives up on an identity endpoint after about 20 s. */
const limit = 45_000;

/**
 * Fetches what the connection signs in with: a token, a password, or a secret of Key Vault.
 *
 * @throws AzurePgError as the core's sign-in does.
 */
export async function freshSignIn(
  connection: AzureConnection,
  signal: AbortSignal = AbortSignal.timeout(limit),
): Promise<FreshSignIn> {
  const { host = '', port } = connection.hosts[0] ?? {};
  const { user, password } = await signInSource(connection).get({ signal, host, port });
  const exp = connection.auth === 'entra' && password !== undefined ? readClaims(password).exp : undefined;
  return { user, password, expiresAt: typeof exp === 'number' ? exp * 1000 : undefined };
}
