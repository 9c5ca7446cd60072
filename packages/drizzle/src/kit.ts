/**
 * For drizzle.config.ts: the credentials that Drizzle Kit signs in with.
 *
 * @packageDocumentation
 */
import { type DriverCredentials, driverCredentials, type TransferableOptions } from '@azure-pg/core/adapter';

export type { DriverCredentials as KitCredentials, TransferableOptions as KitOptions };

/**
 * Drizzle Kit's `dbCredentials`, passwordless and verified: host, port, TLS settings that pg and postgres.js really verify with, and user and
 * password, which are obtained when Drizzle Kit first reads them. Its config is synchronous, so the token is obtained by a short child
 * process, with `DefaultAzureCredential` or what the settings say. Migrations go to the server itself, also where the URL names the pooler.
 *
 * @param input a connection string, options, or nothing: the environment says everything.
 * @param options win over `input`.
 * An empty connection string (a secret that a pipeline does not have) is refused when one of them is read: `drizzle-kit generate` needs none.
 *
 * @throws AzurePgError at once `INVALID_CONNECTION_STRING`, `INVALID_SETTING` (also for a function or credential object, and for what drivers
 * cannot do by themselves: `channel_binding=require`, `require_auth`, `sslnegotiation=direct`, `sslsni=0`),
 * `INSECURE_CONNECTION`, `HOST_NOT_ALLOWED`, `CERTIFICATE_FILE`; on reading user or password what obtaining a token throws.
 *
 * @example
 * export default defineConfig({ dialect: 'postgresql', dbCredentials: azureCredentials(process.env.DATABASE_URL) });
 */
export const azureCredentials: typeof driverCredentials = driverCredentials;
