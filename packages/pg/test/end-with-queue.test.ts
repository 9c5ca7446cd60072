import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from './support/run-program.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { adversarial: true } });
  Object.assign(process.env, emulator.env);
  await emulator.query('create table done (n int); grant all on done to public');
});
afterAll(() => emulator.stop());
beforeEach(() => emulator.query('truncate done'));

const rows = async (): Promise<number> => (await emulator.query('select 1 from done')).length;
const insert = (pool: pg.Pool): Promise<unknown>[] =>
  Array.from({ length: 30 }, (_, n) => pool.query('insert into done values ($1)', [n]));
const late = 'Cannot use a pool after calling end on the pool';

it('pg leaves them unsettled, so that this is worth a test', async () => {
  const { host, port, user, password } = emulator.postgres;
  const ssl = { ca: emulator.ca.pem };
  const pool = new pg.Pool({ host, port, user, password, database: 'postgres', ssl, max: 3 });
  let settled = 0;
  for (const query of insert(pool)) query.finally(() => settled++);
  await pool.end();
  expect(settled).toBeLessThan(30);
});

describe.each(['directly', 'through a pooler'])('a pool that ends while 30 queries wait, %s', (route) => {
  const open = (more: pg.PoolConfig = {}): Pool => {
    const connectionString = route === 'directly' ? emulator.postgres.url : emulator.pooledUrl;
    return new Pool({ connectionString, max: 3, ...more });
  };

  it.each(['cold', 'warm'])('does them first: %s', async (start) => {
    const pool = open();
    if (start === 'warm') await Promise.all([1, 2, 3].map(() => pool.query('select 1')));
    let connects = 0;
    pool.on('connect', () => connects++);
    const queries = insert(pool);
    const ended = pool.end();
    expect(pool.ending).toBe(true);
    await expect(pool.query('insert into done values (99)')).rejects.toThrow(late);
    await expect(pool.connect()).rejects.toThrow(late);
    await expect(pool.end()).rejects.toThrow('Called end on pool more than once');
    await Promise.all(queries);
    await ended;
    expect([await rows(), pool.totalCount, pool.waitingCount]).toEqual([30, 0, 0]);
    expect(pool.ended).toBe(true);
    // They share the connections that there are.
    expect(connects).toBe(start === 'warm' ? 0 : 3);
  });

  it('serves those who wait for a client, and nobody who asks in their callbacks', async () => {
    const pool = open({ max: 1 });
    const before: number[] = [];
    const refused: unknown[] = [];
    const clients = Array.from(
      { length: 5 },
      (_, n) =>
        new Promise<void>((resolve) => {
          pool.connect((_error, client, release) => {
            before.push(n);

            pool.query('insert into done values (99)').catch((error) => refused.push(error.message));
            client?.query('insert into done values ($1)', [n], () => {
              release();
              resolve();
            });
          });
        }),
    );
    const ended = pool.end();
    await Promise.all(clients);
    await ended;
    expect(before).toEqual([0, 1, 2, 3, 4]);
    expect(refused).toEqual(Array.from({ length: 5 }, () => late));
    expect(await rows()).toBe(5);
  });

  it('goes on with those behind one that fails', async () => {
    const pool = open({ max: 1 });
    const queries = [pool.query('select 1/0'), ...insert(pool), pool.query('select 1/0'), ...insert(pool)];
    const ended = pool.end();
    const ends = await Promise.allSettled(queries);
    await ended;
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(60);
    expect(await rows()).toBe(60);
  });
});

it('each gets the reason where nobody can be reached', async () => {
  const pool = new Pool({ connectionString: 'postgres://nobody:x@127.0.0.1:1/x?sslmode=disable', max: 3 });
  const queries = Array.from({ length: 30 }, () => pool.query('select 1'));
  const ended = pool.end();
  const ends = await Promise.allSettled(queries);
  await ended;
  expect(new Set(ends.map((end) => end.status === 'rejected' && end.reason.code))).toEqual(
    new Set(['ECONNREFUSED']),
  );
});

it('and the process can exit', async () => {
  const end = await runProgram('end-with-queue.ts', { DATABASE_URL: emulator.postgres.url });
  expect(end).toEqual({ code: 0, output: '30\n', errors: '' });
});
