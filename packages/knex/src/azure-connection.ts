import { type ClientConfig, poolConfig } from '@azure-pg/pg';
import type { Knex } from 'knex';

/**
 * A `connection` for Knex's config with settings of ours in it, which Knex' types do not know: `credential`, `poolMode`, … They are read at once.
 *
 * @param input a connection string, options of `@azure-pg/pg`, or nothing: the environment says everything.
 * @param options win over `input`.
 * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED`, with the setting and where it came from.
 *
 * @example
 * const db = knex({ client: AzureKnexClient, connection: azureConnection(process.env.DATABASE_URL, { credential }) });
 */
export function azureConnection(
  input?: string | ClientConfig,
  options: ClientConfig = {},
): Knex.PgConnectionConfig {
  return poolConfig(input, options) as Knex.PgConnectionConfig;
}
