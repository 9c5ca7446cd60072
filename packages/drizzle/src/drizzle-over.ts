import { type AzureConnection, refusesTransactions, sessionGuard } from '@azure-pg/core';
import { takeApart } from './arguments.ts';
import { type Database, leadPastPooler } from './past-pooler.ts';

/** What the two drivers differ in. */
export interface DriverParts<Client> {
  /** drizzle-orm's own `drizzle`. */
  bare(config: { client: Client }): unknown;
  /** Makes a client of ours, without connecting. */
  open(connection: unknown): Client;
  /** What a client's settings were resolved to; undefined where we did not make it: it is none of our business then. */
  connectionOf(client: Client): AzureConnection | undefined;
  /** Another client with one connection, to the same database without the pooler. */
  direct(client: Client): Client & { end(): Promise<void> };
}

/** drizzle-orm's `drizzle` over clients of ours. */
export function drizzleOver<Client>(driver: DriverParts<Client>): (...parameters: unknown[]) => Database {
  return (...parameters) => {
    const { client: given, connection, config } = takeApart(parameters);
    const client = (given ?? driver.open(connection)) as Client;
    const db = driver.bare({ ...config, client }) as Database;
    const resolved = driver.connectionOf(client);
    if (resolved !== undefined) refuseTransactions(db, resolved);
    if (resolved !== undefined && resolved.direct() !== resolved) {
      leadPastPooler(db, () => {
        const direct = driver.direct(client);
        return { db: driver.bare({ ...config, client: direct }) as Database, end: () => direct.end() };
      });
    }
    return db;
  };
}

/**
 * Lets `db.transaction()` reject at once where the pooler is in statement mode. Drizzle would take a connection out of the pool first, and
 * before 1.0, when its `begin` is refused, never give it back.
 */
function refuseTransactions(db: Database, connection: AzureConnection): void {
  const guard = refusesTransactions(connection.pooling) ? sessionGuard(connection) : undefined;
  if (guard === undefined) return;
  db.transaction = async () => {
    throw guard('begin', false);
  };
}
