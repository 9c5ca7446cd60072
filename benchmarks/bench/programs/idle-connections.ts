// Opens connections, lets them idle, and prints what they keep.
import type pg from 'pg';
import type postgres from 'postgres';
import { place } from './place.ts';

const { BENCH_MODULE = '', BENCH_CONNECTIONS = '', BENCH_URL, BENCH_PASSWORD } = process.env;
const max = Number(BENCH_CONNECTIONS);
const ours = BENCH_MODULE.startsWith('@azure-pg/');
const { default: driver } = await import(BENCH_MODULE);

const kept = (): number => {
  for (let round = 0; round < 5; round++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
/** So many at once that each needs a connection. */
const atOnce = (ask: () => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: max }, ask));

if (BENCH_MODULE.endsWith('pg')) {
  const pool: pg.Pool = new driver.Pool(
    ours
      ? { connectionString: BENCH_URL, max, idleTimeoutMillis: 0 }
      : { ...place, password: BENCH_PASSWORD, max, idleTimeoutMillis: 0 },
  );
  // The driver itself, its tables and its code are there before.
  await pool.query('select pg_sleep(0)');
  const before = kept();
  await atOnce(() => pool.query('select pg_sleep(1)'));
  if (pool.totalCount !== max) throw new Error(`${pool.totalCount} connections`);
  console.log(JSON.stringify({ bytes: ((kept() - before) * max) / (max - 1) }));
  await pool.end();
} else {
  const options = { max, fetch_types: false };
  const sql: postgres.Sql = ours
    ? driver(BENCH_URL, options)
    : driver({ ...place, pass: BENCH_PASSWORD, ...options });
  await sql`select pg_sleep(0)`;
  const before = kept();
  await atOnce(() => sql`select pg_sleep(1)`);
  console.log(JSON.stringify({ bytes: ((kept() - before) * max) / (max - 1) }));
  await sql.end();
}
