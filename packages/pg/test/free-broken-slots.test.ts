import { type Emulator, startEmulator } from '@azure-pg/emulator';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pool } from '../src/index.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: {} });
});
afterAll(() => emulator.stop());

test('a lent client that broke and is never released takes no place in its pool', async () => {
  const pool = new Pool({ connectionString: `${emulator.pgbouncer?.url}&pool_mode=transaction`, max: 2 });
  pool.on('error', () => {});
  // As Drizzle does where BEGIN fails.
  const lost = [await pool.connect(), await pool.connect()];
  for (const client of lost) client.on('error', () => {});
  await emulator.pgbouncer?.restart();
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect(pool.totalCount).toBeLessThanOrEqual(2);

  // Later is not too late either.
  lost[0]?.release();
  lost[1]?.release(new Error('broken'));
  expect((await pool.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
  const both = [await pool.connect(), await pool.connect()];
  expect(pool.totalCount).toBe(2);
  for (const client of both) client.release();
  await pool.end();
  expect(pool.totalCount).toBe(0);
});

test('a lent client whose connection is gone is counted, as by pg, until its place is wanted', async () => {
  const counts = async (Kind: new (config: pg.PoolConfig) => pg.Pool): Promise<number[]> => {
    const { host, port, user, password } = emulator.postgres;
    const ssl = { ca: emulator.ca.pem };
    const pool = new Kind({ host, port, user, password, database: 'postgres', ssl, max: 1 });
    const client = await pool.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    (client as unknown as { connection: { end(): void } }).connection.end();
    client.on('error', () => {});
    await ended;
    const lent = pool.totalCount;
    client.release();
    await pool.end();
    return [lent, pool.totalCount];
  };
  expect(await counts(Pool)).toEqual(await counts(pg.Pool));
});

test('the place of a lent client that broke goes to who waits for it already', async () => {
  const pool = new Pool({ connectionString: emulator.postgres.url, max: 1 });
  pool.on('error', () => {});
  const lost = await pool.connect();
  const { rows } = await lost.query('select pg_backend_pid() as pid');
  const waiting = pool.query('select 1 as one');
  await emulator.query('select pg_terminate_backend($1)', [rows[0].pid]);
  expect((await waiting).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

test.each(['before', 'after'])(
  'a pool ends though a lent client is never released that broke %s its end',
  async (when) => {
    const pool = new Pool({ connectionString: emulator.postgres.url, max: 1 });
    const lost = await pool.connect();
    lost.on('error', () => {});
    const broke = new Promise((resolve) => lost.once('end', resolve));
    const { rows } = await lost.query('select pg_backend_pid() as pid');
    const kill = () => emulator.query('select pg_terminate_backend($1)', [rows[0].pid]);
    if (when === 'before') await Promise.all([kill(), broke]);
    const ended = pool.end();
    if (when === 'after') await kill();
    await ended;
    expect(pool.totalCount).toBe(0);
  },
);
