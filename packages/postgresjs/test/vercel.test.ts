import { type Emulator, startEmulator } from '@azure-pg/emulator';
import postgres, { poolOf } from '@azure-pg/postgresjs';
import { attachDatabasePool } from '@vercel/functions';
import bare from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());

/** What the platform gives to a request: https://vercel.com/docs/functions/functions-api-reference/vercel-functions-package */
const context = Symbol.for('@vercel/request-context');
let awaited: Promise<unknown>[];
beforeEach(() => {
  awaited = [];
  vi.stubEnv('VERCEL_URL', 'x.vercel.app');
  vi.stubEnv('VERCEL_REGION', 'fra1');
  const get = () => ({ waitUntil: (promise: Promise<unknown>) => awaited.push(promise) });
  Object.assign(globalThis, { [context]: { get } });
});
afterEach(() => {
  vi.unstubAllEnvs();
  Reflect.deleteProperty(globalThis, context);
});

const instance = () =>
  postgres(emulator.url, {
    credential: emulator.entra.credential(),
    idle_timeout: 1,
    connection: { application_name: 'on-vercel' },
  });
const sessions = async () =>
  (await emulator.query(`select 1 from pg_stat_activity where application_name = 'on-vercel'`)).length;

it.each([
  ['queries', (sql: postgres.Sql) => Promise.all([sql`select 1`, sql`select 2`])],
  ['a query that fails', (sql: postgres.Sql) => sql`select 1 / 0`.catch(() => {})],
  ['a transaction', (sql: postgres.Sql) => sql.begin((transaction) => transaction`select 1`)],
  [
    'a reserved connection',
    async (sql: postgres.Sql) => {
      const reserved = await sql.reserve();
      await reserved`select 1`;
      reserved.release();
    },
  ],
  [
    'a cursor',
    async (sql: postgres.Sql) => {
      for await (const _ of sql`select generate_series(1, 9)`.cursor(2));
    },
  ],
])('after %s the function is kept alive until the idle connections are closed', async (_, use) => {
  const sql = instance();
  attachDatabasePool(poolOf(sql));
  await use(sql);
  await expect.poll(() => awaited.length).toBeGreaterThan(0);
  expect(await sessions()).toBeGreaterThan(0);
  await Promise.all(awaited);
  // The server's process ends a moment after the connection.
  await expect.poll(sessions, { timeout: 1000 }).toBe(0);
  await sql.end();
});

it("an instance of the bare driver's is refused", () => {
  expect(() => poolOf(bare())).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }));
});
