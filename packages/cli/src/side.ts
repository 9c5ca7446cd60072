import type { AzureConnection } from '@azure-pg/core';

/** The direct side unless the pooled one is asked for: migrations, dumps and psql need a session. */
export function sideOf(connection: AzureConnection, pooled: boolean = false): AzureConnection {
  return pooled ? connection.pooled() : connection.direct();
}
