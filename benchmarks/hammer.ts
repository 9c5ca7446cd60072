// Other clients of the same database and role, in a thread of their own. Run by pooling-detection.ts.
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';

/** How the other clients behave. */
export interface HammerOptions {
  readonly url: string;
  readonly ca: string;
  readonly clients: number;
  /** Statement mode has no transactions. */
  readonly transactions: boolean;
  /** Milliseconds between two things that a client does: 0 to this, at random. */
  readonly pause: number;
  /** How many of a client's queries are DISCARD ALL, as drivers send that clean up when their pool takes a connection back. */
  readonly discards: number;
}

const options = workerData as HammerOptions;
const url = new URL(options.url);
url.search = '';
let stopped = false;
let errors = 0;
let queries = 0;

async function client(): Promise<void> {
  while (!stopped) {
    const connection = new pg.Client({ connectionString: url.href, ssl: { ca: options.ca } });
    connection.on('error', () => {});
    try {
      await connection.connect();
      // One in fifty leaves and comes back.
      while (!stopped && Math.random() > 0.02) {
        queries++;
        if (Math.random() < options.discards) await connection.query('discard all');
        else if (options.transactions && Math.random() < 0.5) {
          await connection.query('begin');
          await connection.query('select count(*) from pg_class');
          await connection.query('commit');
        } else await connection.query('select $1::int', [1]);
        await wait(Math.random() * options.pause);
      }
    } catch {
      errors++;
      await wait(10);
    }
    await connection.end().catch(() => {});
  }
}

const clients = Array.from({ length: options.clients }, () => client());
parentPort?.once('message', async () => {
  stopped = true;
  await Promise.all(clients);
  parentPort?.postMessage({ queries, errors });
});
