import { cancelClient } from '@azure-pg/pg';
import { run } from './essentials.mjs';

// pg's own name, where a module that is loaded before makes it ours.
const { Pool } = await import(process.env.DRIVER ?? '@azure-pg/pg');

await run((connectionString, options) => {
  const given = new URL(connectionString);
  // pg lets the URL win over options.
  for (const [name, value] of Object.entries(options ?? {})) {
    if (name === 'host') given.hostname = value;
    else if (name !== 'max') given.searchParams.set(name, value);
  }
  const pool = new Pool({ connectionString: given.href, max: options?.max ?? 3 });
  pool.on('error', () => {});
  const query = async (sql, parameters) => (await pool.query(sql, parameters)).rows;
  return {
    query,
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await work(async (sql, parameters) => (await client.query(sql, parameters)).rows);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
    async cancelled(sql) {
      const client = await pool.connect();
      try {
        const answer = client.query(sql);
        answer.catch(() => {});
        const other = await new (cancelClient(pool))().connect();
        await other.query(`select pg_cancel_backend(${client.processID})`);
        await other.end();
        return await answer;
      } finally {
        client.release();
      }
    },
    end: () => pool.end(),
  };
});
