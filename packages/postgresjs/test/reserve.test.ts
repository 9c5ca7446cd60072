import { type Emulator, startEmulator } from '@azure-pg/emulator';
import driver from 'postgres';
import oldest from 'postgres-oldest';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import postgres from '../src/index.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { poolSize: 4 } });
});
afterAll(() => emulator.stop());

const opened: postgres.Sql[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sql) => sql.end({ timeout: 1 })));
});
function open(options: postgres.Options<Record<string, postgres.PostgresType>> = {}): postgres.Sql {
  const url = `${emulator.pgbouncer?.url}&pool_mode=transaction&connect_retry_timeout=0`;
  const sql = postgres(url, { max: 4, backoff: () => 0.05, onnotice: () => {}, ...options });
  opened.push(sql);
  return sql;
}

/** Reserves, asks one thing and gives back; what a user of Kysely does with every query. */
async function useOne(sql: postgres.Sql): Promise<number> {
  const reserved = await sql.reserve();
  try {
    const [row] = await reserved<{ x: number }[]>`select 1 as x`;
    return row?.x ?? 0;
  } finally {
    reserved.release();
  }
}
const useMany = (sql: postgres.Sql, many: number): Promise<PromiseSettledResult<number>[]> =>
  Promise.allSettled(Array.from({ length: many }, () => useOne(sql)));

// Before 3.4.6 the driver itself ends the process when it cannot connect for a reservation.
describe.skipIf((driver as unknown) === oldest)('reserve, when PgBouncer restarts', () => {
  test('is answered for all who wait, and no connection of the pool is lost', async () => {
    const sql = open();
    for (let round = 0; round < 3; round++) {
      await emulator.pgbouncer?.stop();
      const refused = await useMany(sql, 12);
      expect(refused.map(({ status }) => status)).toEqual(Array(12).fill('rejected'));
      const racing = useMany(sql, 12);
      await emulator.pgbouncer?.start();
      await racing;
      // All of them at once, so that a lost one would be missed.
      const all = await Promise.all(Array.from({ length: 4 }, () => sql.reserve()));
      for (const reserved of all) reserved.release();
    }
  });

  test('is answered beside queries and transactions that wait, too', async () => {
    const sql = open();
    await useMany(sql, 4);
    const mixed = Promise.allSettled(
      Array.from({ length: 60 }, (_, number) => {
        if (number % 3 === 0) return useOne(sql);
        if (number % 3 === 1) return sql`select pg_sleep(0.01)`;
        return sql.begin((transaction) => transaction`select pg_sleep(0.01)`);
      }),
    );
    await emulator.pgbouncer?.restart();
    await mixed;
    expect(await useMany(sql, 12)).toEqual(Array(12).fill({ status: 'fulfilled', value: 1 }));
  });
});

test('reserve is answered without fetch_types, where the bare driver waits for ever', async () => {
  const sql = open({ fetch_types: false });
  expect(await useMany(sql, 12)).toEqual(Array(12).fill({ status: 'fulfilled', value: 1 }));
});

describe('a reserved connection that breaks before its first query', () => {
  test('rejects that query, is not lent again, and the process lives', async () => {
    const sql = open({ max: 1 });
    const reserved = await sql.reserve();
    // Longer than anybody who begins at once.
    await new Promise((resolve) => setImmediate(resolve));
    await emulator.pgbouncer?.restart();
    await expect(reserved`select 1`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    reserved.release();
    expect(await useOne(sql)).toBe(1);
  });

  test('and is given back without one, is not lent again', async () => {
    const sql = open({ max: 1 });
    await sql`select 1`;
    const reserved = await sql.reserve();
    await new Promise((resolve) => setImmediate(resolve));
    await emulator.pgbouncer?.restart();
    reserved.release();
    expect(await sql`select 1 as x`).toEqual([{ x: 1 }]);
  });

  test('given back unused it serves the next', async () => {
    const sql = open({ max: 1 });
    for (const patience of [0, 1, 2]) {
      const reserved = await sql.reserve();
      for (let turn = 0; turn < patience; turn++) await new Promise((resolve) => setImmediate(resolve));
      reserved.release();
      expect(await sql.begin((transaction) => transaction`select 1 as x`)).toEqual([{ x: 1 }]);
    }
  });
});
