import type { AzureConnection } from '@azure-pg/core';
import { effectivePooling, refusesTransactions, sessionGuard } from '@azure-pg/core/adapter';
import { splitArguments } from './arguments.ts';
import { type Database, leadPastPooler } from './past-pooler.ts';

/** How the two drivers differ. */
export interface DriverParts<Client> {
  /** drizzle-orm's own `drizzle`. */
  readonly bare: ((config: { client: Client }) => unknown) & { readonly mock: unknown };
  /** Makes a client of ours, without connecting. */
  open(connection: unknown): Client;
  /** What a client's settings were resolved to; undefined where we did not make it: it is not our concern then. */
  connectionOf(client: Client): AzureConnection | undefined;
  /** Another client with one connection, to the same database without the pooler. */
  direct(client: Client): Client & { end(): Promise<void> };
}

/** drizzle-orm's `drizzle` over clients of ours. */
export function drizzleOver<Drizzle, Client>(driver: DriverParts<Client>): Drizzle {
  const drizzle = (...parameters: unknown[]): Database => {
    const { client: given, connection, config } = splitArguments(parameters);
    const client = (given ?? driver.open(connection)) as Client;
    const db = driver.bare({ ...config, client }) as Database;
    const resolved = driver.connectionOf(client);
    if (resolved === undefined) return db;
    const guard = refusesTransactions(resolved.pooling) ? sessionGuard(resolved) : undefined;
    // At once: Drizzle before 1.0 takes a connection out of the pool and, when its `begin` is refused, never gives it back.
    if (guard !== undefined) db.transaction = () => Promise.reject(guard('begin', false));
    const leavesPooler = resolved.direct() !== resolved;
    leadPastPooler(db, {
      leavesPooler,
      hasSession: async () =>
        leavesPooler || ['none', 'session'].includes((await effectivePooling(resolved)).poolMode),
      open() {
        const direct = driver.direct(client);
        return { db: driver.bare({ ...config, client: direct }) as Database, end: () => direct.end() };
      },
    });
    return db;
  };
  return Object.assign(drizzle, { mock: driver.bare.mock }) as Drizzle;
}
