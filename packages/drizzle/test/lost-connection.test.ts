import { rejection } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import { sql } from 'drizzle-orm';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drizzle } from '../src/index.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  Object.assign(process.env, emulator.env);
});
afterAll(() => emulator.stop());

const one = sql`select 1 as one`;
const cut = (client: pg.PoolClient): void => {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
};

it('a pool does not run dry of connections that break when a transaction begins', async () => {
  const pool = new Pool({ connectionString: emulator.url, max: 1, connectionTimeoutMillis: 5000 });
  const db = drizzle(pool);
  await db.execute(one);
  pool.once('acquire', cut);
  await rejection(db.transaction((transaction) => transaction.execute(one)));
  expect((await db.transaction((transaction) => transaction.execute(one))).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

it('a pool does not run dry of connections whose BEGIN times out', async () => {
  const options = { max: 1, connectionTimeoutMillis: 5000, query_timeout: 300 };
  const pool = new Pool({ connectionString: emulator.url, ...options });
  const db = drizzle(pool);
  await db.execute(one);
  pool.once('acquire', (client) => {
    (client as unknown as { connection: { stream: { pause(): void } } }).connection.stream.pause();
  });
  await rejection(db.transaction((transaction) => transaction.execute(one)));
  expect((await db.transaction((transaction) => transaction.execute(one))).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

it('a query that times out in a transaction takes no later insert with it', async () => {
  await emulator.query('create table kept (who text); grant all on kept to public');
  const pool = new Pool({ connectionString: emulator.url, max: 1, query_timeout: 300 });
  const db = drizzle(pool);
  const lost = db.transaction(async (transaction) => {
    await transaction.execute(sql`insert into kept values ('lost')`);
    await transaction.execute(sql`select pg_sleep(1)`);
  });
  await rejection(lost);
  await db.execute(sql`insert into kept values ('reported')`);
  expect(await emulator.query('select who from kept')).toEqual([{ who: 'reported' }]);
  await pool.end();
});

it('one that breaks within a transaction is closed, one whose transaction failed is kept', async () => {
  const pool = new Pool({ connectionString: emulator.url, max: 1, connectionTimeoutMillis: 5000 });
  const db = drizzle(pool);
  const pid = sql<{ pid: number }>`select pg_backend_pid() as pid`;
  const before = (await db.execute(pid)).rows;
  const wrong = new Error('changed my mind');
  expect(await rejection(db.transaction(() => Promise.reject(wrong)))).toBe(wrong);
  await rejection(db.transaction((transaction) => transaction.execute(sql`select 1 / 0`)));
  expect((await db.execute(pid)).rows).toEqual(before);
  await rejection(
    db.transaction(async (transaction) => {
      await emulator.query(`select pg_terminate_backend(${Number((before[0] as { pid: number }).pid)})`);
      await transaction.execute(one);
    }),
  );
  expect((await db.execute(pid)).rows).not.toEqual(before);
  await pool.end();
});

it('a database that ends while queries wait does them first', async () => {
  const db = drizzle({ connection: { connectionString: emulator.url, max: 2 } });
  const queries = Array.from({ length: 30 }, () => db.execute(one).then(({ rows }) => rows));
  await db.$client.end();
  expect(await Promise.all(queries)).toEqual(Array.from({ length: 30 }, () => [{ one: 1 }]));
});
