import { AzurePgError } from '@azure-pg/core';
import type { Pool } from '@azure-pg/pg';

/** What of a pool's methods is replaced here; they may be called with a callback as well. */
interface Lender {
  connect(...callback: unknown[]): Promise<{ release(): void }> | undefined;
  end(...callback: unknown[]): unknown;
}

/**
 * Refuses whoever waits for a connection of a pool that is closed meanwhile. Kysely before 0.29.9, which MikroORM brings along, forgets the pool when it is
 * closed: it fails with a TypeError where it is lent a connection after that, and never gives it back.
 */
export function refuseAfterClose(pool: Pool): void {
  const lender = pool as unknown as Lender;
  const { connect, end } = lender;
  let closed = false;
  lender.end = (...callback) => {
    closed = true;
    return end.apply(lender, callback);
  };
  lender.connect = (...callback) => {
    const connected = connect.apply(lender, callback);
    return connected?.then((client) => {
      if (!closed) return client;
      client.release();
      throw new AzurePgError('ABORTED', 'The pool was closed while a query waited for a connection', {
        hint: 'Await all work before orm.close().',
      });
    });
  };
}
