// A pool without an `error` listener whose only connection is killed while it is idle.
import { Pool } from '@azure-pg/pg';
import pg from 'pg';

const { URL: url, DRIVER } = process.env;
const pool = DRIVER === 'pg' ? new pg.Pool({ connectionString: url }) : new Pool(url);
const client = await pool.connect();
const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
if (process.env.LENT !== 'yes') client.release();
const killer = new Pool(url);
await killer.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
await new Promise((resolve) => setTimeout(resolve, 300));
if (process.env.LENT === 'yes') {
  console.log(await client.query('SELECT 1').catch((error: Error) => `refused: ${error.message}`));
  client.release();
}
console.log('alive', (await pool.query('SELECT 1 AS one')).rows[0].one);
await Promise.all([pool.end(), killer.end()]);
