import type { AzureConnection } from './connection.ts';
import type { PasswordFunction } from './password-function.ts';
import type { TokenCredential } from './token-credential.ts';

/**
 * What a connection carries but never shows. Kept apart from it behind a function, so that neither `util.inspect` nor `JSON.stringify`
 * can reach it.
 */
export interface ConnectionSecrets {
  /** A static password, one asked for at every sign-in, or (auth "keyvault") the secret's URI. */
  readonly password?: string | PasswordFunction | undefined;
  /** The passphrase of the client certificate's key. */
  readonly sslPassword?: string | undefined;
  /** The secret of the service principal `entra.clientId`, from Service Connector's AZURE_POSTGRESQL_CLIENTSECRET. */
  readonly clientSecret?: string | undefined;
  /** The user's own credential; undefined: DefaultAzureCredential, made when the first token is needed. */
  readonly credential?: TokenCredential | undefined;
  /** The user's own source of tokens, used as it is. */
  readonly tokenProvider?: (() => Promise<string>) | undefined;
}

// Registered, so that a connection made by the ESM copy of this package opens through its CommonJS copy.
const secrets = Symbol.for('@azure-pg/core.secrets');

export function attachSecrets(connection: object, value: ConnectionSecrets): void {
  Object.defineProperty(connection, secrets, { value: () => value });
}

/** A password that was given as it is; undefined where the password is a token, or something else is asked for it. */
export function staticPassword(connection: AzureConnection): string | undefined {
  const { password } = secretsOf(connection);
  return connection.auth === 'password' && typeof password === 'string' ? password : undefined;
}

export function secretsOf(connection: AzureConnection): ConnectionSecrets {
  const reveal = (connection as { [secrets]?: () => ConnectionSecrets })[secrets];
  return reveal?.() ?? {};
}
