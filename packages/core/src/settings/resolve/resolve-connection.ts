import type { AzureConnection } from '../../connection/connection.ts';
import type { ConnectionOptions } from '../gather/connection-options.ts';
import { gatherSettings } from '../gather/gather-settings.ts';
import { buildConnection } from './build-connection.ts';

/**
 * Decides once and for all where a connection goes, who signs in, how it is secured and what the pooler allows. The only maker of an
 * {@link AzureConnection}. Nothing is contacted; the only file it may read is a service file, when a service is named.
 *
 * A setting is taken from the first of these layers that has it: options, connection string, service file, environment;
 * then it is derived (from the host, from other settings) or its default applies. `connection.sourceOf('sslmode')` says which it was.
 *
 * @param input A URI (`postgres://…`), keyword/value pairs, or options. Without any, the environment says everything:
 * PGHOST and libpq's other variables, Service Connector's AZURE_POSTGRESQL_*, or DATABASE_URL.
 * @param options Win over `input`. A value of undefined counts as not given.
 * @param env The environment to read; it is read here and never again.
 * @throws AzurePgError `INVALID_CONNECTION_STRING` for a text that libpq would refuse, `INVALID_SETTING` for an unknown or
 * invalid setting or two that contradict each other, `POOLER_UNSUPPORTED` for server options that PgBouncer refuses. No message
 * quotes a value that may be a secret.
 */
export function resolveConnection(
  input?: string | ConnectionOptions,
  options?: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): AzureConnection {
  return buildConnection(gatherSettings(input, options, env));
}
