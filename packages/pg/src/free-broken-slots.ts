import type pg from 'pg';

/** What of pg-pool is used here; its types leave it out. */
interface Slots extends Pick<pg.Pool, 'on'> {
  _clients: unknown[];
  _pulseQueue(): void;
}

/**
 * Gives a pool its place back as soon as the connection of a client that it has lent is gone. pg-pool waits for the client's release, which
 * may never come: Drizzle does not release a client whose BEGIN fails. A pool would then have fewer places after every failover or
 * restart of the pooler, and in the end none. Releasing such a client later is harmless.
 */
export function freeBrokenSlots(pool: pg.Pool): void {
  const slots = pool as unknown as Slots;
  slots.on('connect', (client) => {
    client.once('end', () => {
      if (!slots._clients.includes(client)) return;
      slots._clients = slots._clients.filter((each) => each !== client);
      slots._pulseQueue();
    });
  });
}
