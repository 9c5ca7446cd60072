import { type Emulator, startEmulator } from '@azure-pg/emulator';
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
