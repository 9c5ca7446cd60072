/**
 * For drizzle.config.ts: the credentials that Drizzle Kit signs in with.
 *
 * @packageDocumentation
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import tls, { type ConnectionOptions as TlsOptions } from 'node:tls';
import {
  type AzureConnection,
  AzurePgError,
  type ConnectionOptions,
  resolveConnection,
} from '@azure-pg/core';
import { certificateIsFor, permittedAttempts, secureContext } from '@azure-pg/core/tooling';
import { signInSync } from './sign-in-sync.ts';

/** Drizzle Kit's `dbCredentials` for PostgreSQL. */
export interface KitCredentials {
  readonly host: string;
  readonly port: number;
  /** Read for the first time, it signs in: a command that needs no database asks for no token. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl: boolean | TlsOptions;
}

/** The settings of `resolveConnection` that can be handed to another process: no functions, no credential objects. */
export type KitOptions = Omit<ConnectionOptions, 'credential' | 'logger' | 'tokenProvider'>;

/**
 * Drizzle Kit's `dbCredentials`, passwordless and verified: host, port, TLS settings that pg and postgres.js really verify with, and user and
 * password, which are asked for when Drizzle Kit first reads them. Its config is synchronous, so the token is obtained by a short child
 * process, with `DefaultAzureCredential` or what the settings say. Migrations go to the server itself, also where the URL names the pooler.
 *
 * @param input a connection string, options, or nothing: the environment says everything.
 * @param options win over `input`.
 * @throws AzurePgError at once `INVALID_CONNECTION_STRING`, `INVALID_SETTING` (also for a function or credential object),
 * `INSECURE_CONNECTION`, `HOST_NOT_ALLOWED`, `CERTIFICATE_FILE`; on reading user or password what obtaining a token throws.
 *
 * @example
 * export default defineConfig({ dialect: 'postgresql', dbCredentials: azureCredentials(process.env.DATABASE_URL) });
 */
export function azureCredentials(input?: string | KitOptions, options: KitOptions = {}): KitCredentials {
  for (const [name, value] of Object.entries({ ...(typeof input === 'object' ? input : {}), ...options })) {
    if (
      typeof value === 'function' ||
      (typeof value === 'object' && value !== null && !Array.isArray(value))
    ) {
      throw notTransferable(name);
    }
  }
  const connection = resolveConnection(input, options).direct();
  const [host] = connection.hosts;
  if (host === undefined) throw new TypeError('A connection has a host');
  let known: { user: string; password: string } | undefined;
  const signIn = (): { user: string; password: string } => {
    known ??= signInSync(input, options, connection.connectTimeout);
    return known;
  };
  const credentials: KitCredentials = {
    host: host.hostaddr ?? host.host,
    port: host.port,
    get user() {
      return signIn().user;
    },
    get password() {
      return signIn().password;
    },
    get database() {
      return connection.database ?? signIn().user;
    },
    ssl: tlsOptions(connection),
  };
  return Object.defineProperty(credentials, 'toJSON', { value: () => connection.toJSON() });
}

/** What pg and postgres.js hand to `tls.connect`: the core's roots, versions and client certificate, and its word on names. */
function tlsOptions(connection: AzureConnection): false | TlsOptions {
  const [host] = connection.hosts;
  const [attempt] = host === undefined ? [] : permittedAttempts(connection, host);
  if (host === undefined || attempt === undefined || attempt.encryption === 'plaintext') return false;
  const name = connection.tls.serverName ?? host.host;
  return {
    secureContext: secureContext(connection, host, attempt).context,
    rejectUnauthorized: attempt.verify !== 'none',
    ...(connection.tls.sni && isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_name, certificate) =>
      attempt.verify !== 'full' || certificateIsFor(new X509Certificate(certificate.raw), name)
        ? undefined
        : (tls.checkServerIdentity(name, certificate) ?? new Error(`The certificate is not for "${name}"`)),
  };
}

function notTransferable(name: string): AzurePgError {
  return new AzurePgError('INVALID_SETTING', `The option "${name}" cannot be used in drizzle.config.ts`, {
    hint: "Drizzle Kit reads its config synchronously, so the token is obtained by another process: choose the credential by AZURE_CLIENT_ID and @azure/identity's other variables.",
  });
}
