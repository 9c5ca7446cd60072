import type pg from 'pg';

/** What of pg-pool is used here; its types leave it out. */
interface Slots extends Pick<pg.Pool, 'ending' | 'on'> {
  _clients: object[];
  readonly _pendingQueue: readonly unknown[];
  _isFull(): boolean;
  _pulseQueue(): void;
}

/**
 * Frees a pool's slot when the connection of a client that it has lent is gone and the slot is wanted. pg-pool waits for the client's
 * release, which may never come: Drizzle does not release a client whose BEGIN fails. A pool would then have fewer slots after every
 * failover or restart of the pooler, and in the end none. Until then the client is counted, as by pg. Releasing it later is harmless.
 */
export function freeBrokenSlots(pool: pg.Pool): void {
  const slots = pool as unknown as Slots;
  const broken = new WeakSet<object>();
  const isFull = slots._isFull;
  const pulse = slots._pulseQueue;
  /** Whether one broke since they were last freed: a full pool asks with every query. */
  let any = false;
  const free = (): void => {
    any = false;
    slots._clients = slots._clients.filter((client) => !broken.has(client));
  };
  slots._isFull = () => {
    if (any && isFull.call(slots)) free();
    return isFull.call(slots);
  };
  slots._pulseQueue = () => {
    // A pool that ends waits for the clients that it counts.
    if (any && slots.ending) free();
    pulse.call(slots);
  };
  slots.on('connect', (client) => {
    client.once('end', () => {
      broken.add(client);
      any = true;
      if (slots.ending || slots._pendingQueue.length > 0) slots._pulseQueue();
    });
  });
}
