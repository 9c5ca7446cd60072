import { setTimeout as wait } from 'node:timers/promises';
import type { PoolClient } from '@azure-pg/pg';

export interface Job {
  readonly id: number;
  readonly text: string;
}

/** Two effects and a while between them, in the transaction of the job. Effects elsewhere (a mail) must bear to be repeated. */
export async function work(client: PoolClient, { id, text }: Job): Promise<void> {
  await client.query('insert into effect (job, text) values ($1, $2)', [id, text]);
  await wait(200);
  await client.query('insert into effect (job, text) values ($1, $2)', [id, text.toUpperCase()]);
}
