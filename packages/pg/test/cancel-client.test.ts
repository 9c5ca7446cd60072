import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { cancelClient, Pool } from '@azure-pg/pg';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
  Object.assign(process.env, emulator.env);
});
afterAll(() => emulator.stop());

describe.each(['url', 'pooledUrl'] as const)('a client that stops queries (%s)', (route) => {
  /** Lets `stop` loose on a query that runs, and says how it ended. */
  const stopped = async (verb: string, then: (pool: pg.Pool) => Promise<void>): Promise<unknown> => {
    const pool = new Pool({ connectionString: emulator[route], max: 1 });
    const mark = `${verb} ${route}`;
    try {
      const client = await pool.connect();
      client.on('error', () => {});
      const { processID } = client as unknown as { processID: number };
      const failure = client.query(`select '${mark}', pg_sleep(60)`).then(
        () => 'finished',
        (error: unknown) => error,
      );
      const running = `select 1 from pg_stat_activity where state = 'active' and query like 'select ''${mark}''%'`;
      while ((await emulator.query(running)).length === 0);
      const other = await new (cancelClient(pool))().connect();
      // Of nobody here: nothing happens.
      await other.query(`select pg_${verb}_backend(${processID + 1})`);
      expect(await emulator.query(running)).toHaveLength(1);
      await other.query(`select pg_${verb}_backend(${processID})`);
      other.end();
      const error = await failure;
      while ((await emulator.query(running)).length > 0);
      client.release();
      await then(pool);
      return error;
    } finally {
      await pool.end();
    }
  };
  const answers = async (pool: pg.Pool): Promise<void> => {
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  };

  it('cancels the query and keeps the connection', async () => {
    let connects = 0;
    const error = await stopped('cancel', async (pool) => {
      pool.on('connect', () => connects++);
      await answers(pool);
    });
    expect(error).toMatchObject({ code: '57014' });
    expect(connects).toBe(0);
  });

  it('ends the session, and the pool lends another one', async () => {
    let connects = 0;
    const error = await stopped('terminate', async (pool) => {
      pool.on('connect', () => connects++);
      await answers(pool);
    });
    expect(error).toBeInstanceOf(Error);
    expect(connects).toBe(1);
  });
});

it('it takes no other query', async () => {
  const pool = new Pool('postgres://ada@localhost/app');
  const client = new (cancelClient(pool))();
  await expect(client.query('select 1')).rejects.toThrow(TypeError);
  await pool.end();
});
