import { explainError, resolveConnection } from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let emulator: Emulator;
let table = '';
let count = 0;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { maxPreparedStatements: 200, poolSize: 1 } });
  Object.assign(process.env, emulator.env);
});
afterAll(() => emulator.stop());

/** A named statement that returned every column of a table, before it got another one. (pg 8.11 writes into a query's config: each run needs its own.) */
async function stale(pool: pg.Pool): Promise<pg.QueryConfig> {
  table = `t${++count}`;
  await emulator.query(`create table ${table} as select 1 as id; grant all on ${table} to public`);
  const query = { name: `all of ${table}`, text: `select * from ${table}` };
  for (let n = 0; n < 8; n++) await pool.query({ ...query });
  await emulator.query(`alter table ${table} add column added int default 2`);
  return query;
}
/** On one client that is kept, and given back when all is answered: PgBouncer may close the server connection, with its plan, of a client that leaves early. */
async function ends(pool: pg.Pool, query: pg.QueryConfig, times: number): Promise<unknown[]> {
  const client = await pool.connect();
  const seen: unknown[] = [];
  for (let n = 0; n < times; n++) {
    await client.query({ ...query }).then(
      ({ rows }) => seen.push(rows[0]),
      ({ code }) => seen.push(code),
    );
  }
  await client.query('select 1');
  client.release();
  return seen;
}
const row = { id: 1, added: 2 };
const failed = '0A000';

it('with pg the statement fails for good, in a fresh pool as well, so that this is worth a test', async () => {
  const connectionString = (emulator.pgbouncer?.url ?? '').replace(/\?.*/, '');
  const open = (): pg.Pool =>
    new pg.Pool({ connectionString, ssl: { ca: emulator.ca.pem }, max: 1 }).on('error', () => {});
  const pool = open();
  const query = await stale(pool);
  expect(await ends(pool, query, 4)).toEqual([failed, failed, failed, failed]);
  await pool.end();
  const fresh = open();
  expect(await ends(fresh, query, 2)).toEqual([failed, failed]);
  await fresh.end();
});

describe('a statement that fits its table no longer, at a pooler that keeps statements', () => {
  const open = (max = 1): Pool =>
    new Pool({ connectionString: `${emulator.pooledUrl}&max_prepared_statements=200`, max });

  it('fails once, with what the server says, and then goes on: here, and in a fresh pool', async () => {
    const pool = open();
    const query = await stale(pool);
    const client = await pool.connect();
    const error = await client.query({ ...query }).catch((reason) => reason);
    await client.query('select 1');
    client.release();
    expect(error).toMatchObject({ code: failed, message: 'cached plan must not change result type' });
    expect(explainError(error, resolveConnection(emulator.pooledUrl))?.code).toBe('stale-plan');
    expect(await ends(pool, query, 4)).toEqual([row, row, row, row]);
    await pool.end();
    const fresh = open();
    expect(await ends(fresh, query, 4)).toEqual([row, row, row, row]);
    await fresh.end();
  });

  it('also on a client that is kept, in a transaction, and by its name alone', async () => {
    const pool = open();
    const query = await stale(pool);
    const client = await pool.connect();
    await client.query('begin');
    await expect(client.query({ ...query })).rejects.toMatchObject({ code: failed });
    await client.query('rollback');
    await client.query('begin');
    expect((await client.query({ ...query })).rows).toEqual([row]);
    expect((await client.query({ name: query.name } as pg.QueryConfig)).rows).toEqual([row]);
    await client.query('commit');
    client.release();
    await pool.end();
  });

  it('and no other statement loses its name', async () => {
    const pool = open();
    const query = await stale(pool);
    const other = {
      name: 'mine',
      text: `select statement from pg_prepared_statements where statement like '%${table}%'`,
    };
    await ends(pool, query, 3);
    const { rows } = await pool.query(other);
    expect(rows).toContainEqual({ statement: other.text });
    await pool.end();
  });
});
