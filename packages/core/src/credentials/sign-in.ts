import { assertTokenHost } from '../azure/token-host.ts';
import type { AzureConnection } from '../connection/connection.ts';
import { secretsOf } from '../connection/connection-secrets.ts';
import { canBeToken } from '../connection/token-credential.ts';
import { AzurePgError, type ServerErrorFields } from '../errors/azure-pg-error.ts';
import { systemClock } from '../waiting/clock.ts';
import { waitFor } from '../waiting/wait-for.ts';
import { ownerOf, placeOf } from './connection-identity.ts';
import { keyVaultSignIn } from './key-vault-sign-in.ts';
import { askFunction, nativePassword } from './native-password.ts';
import type { SignIn, SignInSource } from './sign-in-source.ts';
import { connectAllowance } from './token/connect-allowance.ts';
import { entraToken } from './token/entra-token.ts';
import { IdentityName } from './token/identity-name.ts';
import { roleUnknown } from './token/role-name.ts';
import { sharedTokenProvider } from './token/shared-token-providers.ts';
import type { TokenProvider } from './token/token-source.ts';

/** How this connection's sign-ins are proven: by Entra tokens, by a password, or by one kept in Key Vault. */
export function signInSource(connection: AzureConnection): SignInSource {
  if (connection.auth === 'keyvault') return keyVaultSignIn(connection);
  if (connection.auth === 'password') return passwordSignIn(connection);
  const { tokenProvider } = secretsOf(connection);
  return tokenProvider === undefined ? providedSignIn(connection) : ownTokenSignIn(connection, tokenProvider);
}

/** A password; the user's function is asked once for each place, however often connecting is tried. */
function passwordSignIn(connection: AzureConnection): SignInSource {
  const { password: given } = secretsOf(connection);
  const held = new Map<string, Promise<string | undefined>>();
  return {
    async get({ signal, host, port }) {
      const place = `${host} ${port}`;
      const asked = held.get(place) ?? nativePassword(connection, given, placeOf(connection, host, port));
      held.set(place, asked);
      // A failure may pass until the next attempt.
      asked.catch(() => held.delete(place));
      const password = await waitFor(asked, systemClock, { signal, onTimeout: () => new Error() });
      return { user: connection.user ?? '', password };
    },
    refused: () => false,
  };
}

/** Tokens from the provider that the whole process shares. */
function providedSignIn(connection: AzureConnection): SignInSource {
  const { logger } = connection;
  const provider = tokenProviderOf(connection);
  let retried = false;
  return {
    async get({ signal, host, port }) {
      assertTokenHost(placeOf(connection, host, port), connection);
      const options = { signal, logger, ...timesOf(connection) };
      // The user's choice first: a group's member signs in under the group's name, and any role name can be mapped to a principal.
      if (connection.user !== undefined) {
        return { user: connection.user, password: (await provider.getToken(options)).token };
      }
      const name = new IdentityName(ownerOf(connection), connection.entra.managementScope);
      name.foresee(options);
      try {
        const token = await provider.getToken(options);
        return { user: await name.roleOf(token, options), password: token.token };
      } finally {
        name.settle();
      }
    },
    refused({ password }, error) {
      if (retried || password === undefined || !isTokenRefusal(error)) return false;
      retried = true;
      return provider.refuse(password, logger);
    },
  };
}

/** Tokens from the user's own function: one call for each connection, however often connecting is tried, and another one when the server refuses it. */
function ownTokenSignIn(connection: AzureConnection, given: () => Promise<string>): SignInSource {
  let retried = false;
  let held: Promise<SignIn> | undefined;
  return {
    async get({ signal, host, port }) {
      assertTokenHost(placeOf(connection, host, port), connection);
      const asked = held ?? ownToken(connection, given);
      held = asked;
      // A failure may pass until the next attempt.
      asked.catch(() => {
        held = undefined;
      });
      return waitFor(asked, systemClock, { signal, onTimeout: () => new Error() });
    },
    refused(_, error) {
      if (retried || !isTokenRefusal(error)) return false;
      retried = true;
      held = undefined;
      return true;
    },
  };
}

async function ownToken({ user: named }: AzureConnection, given: () => Promise<string>): Promise<SignIn> {
  const token = await askFunction('tokenProvider', given);
  if (token === undefined || !canBeToken(token)) {
    const what = token === undefined ? 'no token' : 'a token with characters that no token has';
    throw new AzurePgError('TOKEN_UNAVAILABLE', `The function given as "tokenProvider" gave ${what}`);
  }
  const { role, claims } = entraToken({ token, expiresOnTimestamp: Number.NaN });
  const user = named ?? role;
  if (user === undefined) throw roleUnknown(claims);
  return { user, password: token };
}

/** The provider of this connection's tokens; every connection with the same credential and scope has the same one. */
export function tokenProviderOf(connection: AzureConnection): TokenProvider {
  return sharedTokenProvider(ownerOf(connection), connection.entra.scope);
}

/**
 * A token must outlive the connect, and the server ends a sign-in after 30 s in any case. The wait ends a little before the
 * connect's own deadline: then the error says which credential did not answer, not just that time ran out.
 */
function timesOf({ connectTimeout }: AzureConnection): { minimumLifetime: number; timeout?: number } {
  if (connectTimeout <= 0) return { minimumLifetime: connectAllowance };
  return {
    minimumLifetime: Math.min(connectTimeout, connectAllowance),
    timeout: connectTimeout - Math.min(1000, connectTimeout / 10),
  };
}

/**
 * The server's answers to a token: Azure's texts, with whatever SQLSTATE; 28P01, which it also gives for a role that is not mapped or
 * a group the token does not know of yet; and PgBouncer's rewording of both.
 */
function isTokenRefusal({ code, message }: ServerErrorFields): boolean {
  return (
    code === '28P01' ||
    /access token|audience claim|AAD_AUTH_TOKENTYPE/i.test(message) ||
    (code === '08P01' && /password authentication failed/i.test(message))
  );
}
