import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from '@azure-pg/pg';
import { githubCredential } from './github-credential.ts';

// Milliseconds that each step takes, for the test; yours take what they take.
const pause = Number(process.env.STEP_MILLISECONDS ?? 0);

const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  credential: githubCredential(),
  max: 1,
  // A step may be longer than a connection: the next one gets a new connection, and a new token where the old one is due.
  idleTimeoutMillis: 100,
});
try {
  for (const step of [
    'create table if not exists step (id int primary key)',
    'insert into step values (1)',
    'insert into step values (2)',
  ]) {
    await pool.query(step);
    console.log(step);
    await wait(pause);
  }
} finally {
  await pool.end();
}
