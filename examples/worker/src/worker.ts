import { setTimeout as wait } from 'node:timers/promises';
import { Pool, runTransaction } from '@azure-pg/pg';
import { type Job, work } from './work.ts';

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 2 });
pool.on('error', (error) => console.error('a connection broke while it was idle:', error.message));

// What stops a container sends SIGTERM, and SIGKILL some time later: 30 s by default on Container Apps and Kubernetes.
const stopped = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.abort());

/** Does a job and its bookkeeping in one transaction: both, or none. */
const nextJob = (): Promise<boolean> =>
  runTransaction(pool, async (client) => {
    const { rows } = await client.query<Job>(
      'select id, text from job where done_at is null order by id limit 1 for update skip locked',
    );
    const job = rows[0];
    if (job === undefined) return false;
    await work(client, job);
    await client.query('update job set done_at = now() where id = $1', [job.id]);
    return true;
  });

while (!stopped.signal.aborted) {
  const worked = await nextJob().catch((error: Error) => console.error('a job failed:', error.message));
  // Nothing to do, or the database is away.
  if (!worked) await wait(1000, undefined, { signal: stopped.signal }).catch(() => {});
}
await pool.end();
console.log('stopped');
