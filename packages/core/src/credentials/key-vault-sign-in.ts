import type { AzureConnection } from '../connection/connection.ts';
import { secretsOf } from '../connection/connection-secrets.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { publish } from '../notices/diagnostics.ts';
import { ownerOf } from './connection-identity.ts';
import { assertVaultAllowed, type KeyVaultSecret, parseSecretUri, readSecret } from './key-vault-secret.ts';
import type { SignInSource } from './sign-in-source.ts';
import { sharedProvider } from './token/shared-token-providers.ts';
import { createProvider } from './token/token-provider.ts';
import type { ProviderWords, TokenProvider } from './token/token-source.ts';

/** After this long the secret is read again, behind the connects that still use the old value. */
const freshFor = 5 * 60_000;
/** So long a vault that cannot be reached keeps nobody from signing in. */
const keptFor = 24 * 60 * 60_000;

/**
 * A password from Azure Key Vault. It is kept by the rules for tokens: shared, one request at a time, renewed behind the connects, not lost
 * when the vault fails. A password the server refuses is read again once, so that a rotated one heals by itself.
 */
export function keyVaultSignIn(connection: AzureConnection): SignInSource {
  const { password } = secretsOf(connection);
  const { logger, connectTimeout } = connection;
  const secret = parseSecretUri(typeof password === 'string' ? password : '');
  const timeout = connectTimeout > 0 ? connectTimeout - Math.min(1000, connectTimeout / 10) : undefined;
  let retried = false;
  return {
    async get({ signal }) {
      assertVaultAllowed(secret, connection);
      const value = await secretProvider(connection, secret).getToken({ signal, logger, timeout });
      return { user: connection.user ?? '', password: value.token };
    },
    refused(signIn, { code, message }) {
      const wrong = code === '28P01' || (code === '08P01' && /password authentication failed/i.test(message));
      if (retried || !wrong || signIn.password === undefined) return false;
      retried = true;
      return secretProvider(connection, secret).refuse(signIn.password, logger);
    },
  };
}

function secretProvider(connection: AzureConnection, secret: KeyVaultSecret): TokenProvider {
  const owner = ownerOf(connection);
  return sharedProvider(owner, `keyvault:${secret.uri}`, () =>
    createProvider(
      {
        scope: secret.uri,
        name: 'Azure Key Vault',
        minimumLifetime: 0,
        credential: {
          async getToken(_, options) {
            const token = await readSecret(secret, owner, options?.abortSignal);
            const now = Date.now();
            return { token, expiresOnTimestamp: now + keptFor, refreshAfterTimestamp: now + freshFor };
          },
        },
      },
      wordsFor(secret),
    ),
  );
}

const wordsFor = (secret: KeyVaultSecret): ProviderWords => ({
  accepts: () => true,
  publish: (name, message, logger) => publish(name, message, logger, 'the password from Azure Key Vault'),
  unavailable: (_, cause) =>
    cause instanceof AzurePgError
      ? cause
      : new AzurePgError('KEY_VAULT', `Cannot read the password from ${secret.uri}`, { cause }),
  timeout: (_, milliseconds) =>
    new AzurePgError(
      'KEY_VAULT',
      `Cannot read the password from ${secret.uri}: no answer within ${Math.round(milliseconds / 100) / 10} seconds`,
      { hint: 'Check that the vault and the identity service can be reached from here.' },
    ),
});
