import { type AzureConnection, refusesTransactions, sessionGuard } from '@azure-pg/core';

/**
 * Lets `db.transaction()` reject at once where the pooler is in statement mode. Drizzle would take a connection out of the pool first, and when
 * its `begin` is refused never give it back.
 */
export function refuseTransactions(db: { transaction: unknown }, connection: AzureConnection): void {
  const guard = refusesTransactions(connection.pooling) ? sessionGuard(connection) : undefined;
  if (guard === undefined) return;
  db.transaction = async () => {
    throw guard('begin', false);
  };
}
