import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client, Pool } from '@azure-pg/pg';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
  Object.assign(process.env, emulator.env);
});
afterAll(() => emulator.stop());

/** What libraries (Knex, …) do where a query takes too long: another client asks for its end, by its number. */
async function cancelled(pool: pg.Pool, cancel: (processID: number) => Promise<unknown>): Promise<unknown> {
  const client = await pool.connect();
  const { processID } = client as unknown as { processID: number };
  const sleeping = client
    .query('select pg_sleep(30), $1::text', [String(processID)])
    .catch((error) => error.code);
  const running =
    "select 1 from pg_stat_activity where state = 'active' and query like 'select pg_sleep(30)%'";
  while ((await emulator.query(running)).length === 0);
  await cancel(processID);
  const end = await sleeping;
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  client.release();
  return end;
}

describe.each(['url', 'pooledUrl'] as const)('a query is cancelled by its client’s number (%s)', (route) => {
  it.each<[string, (client: pg.Client, id: number) => Promise<unknown>]>([
    ['as Knex does', (client, id) => client.query({ text: 'SELECT pg_cancel_backend($1);', values: [id] })],
    ['with values', (client, id) => client.query('select pg_cancel_backend($1)', [id])],
    ['in the text', (client, id) => client.query(`select pg_cancel_backend(${id})`)],
    [
      'with a callback',
      (client, id) =>
        new Promise((resolve, reject) => {
          client.query('select pg_cancel_backend($1)', [id], (error, result) =>
            error ? reject(error) : resolve(result),
          );
        }),
    ],
  ])('%s', async (_, ask) => {
    const pool = new Pool({ connectionString: emulator[route], max: 1 });
    const other = new Client(emulator[route]);
    await other.connect();
    let answer: unknown;
    const end = await cancelled(pool, async (id) => {
      answer = await ask(other, id);
    });
    expect(end).toBe('57014');
    expect(answer).toMatchObject({ command: 'SELECT', rows: [{ pg_cancel_backend: true }] });
    await Promise.all([other.end(), pool.end()]);
  });
});

it('a number that is of no client here goes to the server', async () => {
  const client = new Client(emulator.pooledUrl);
  await client.connect();
  const { rows } = await client.query('select pg_cancel_backend($1)', [2 ** 31 - 1]);
  expect(rows).toEqual([{ pg_cancel_backend: false }]);
  await client.end();
});
