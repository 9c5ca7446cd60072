import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import { attachDatabasePool } from '@vercel/functions';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());

it('attachDatabasePool keeps the function alive until the idle connections are closed', async () => {
  const awaited: Promise<unknown>[] = [];
  vi.stubEnv('VERCEL_URL', 'x.vercel.app');
  vi.stubEnv('VERCEL_REGION', 'fra1');
  // What the platform gives to a request.
  const context = Symbol.for('@vercel/request-context');
  const get = () => ({ waitUntil: (promise: Promise<unknown>) => awaited.push(promise) });
  Object.assign(globalThis, { [context]: { get } });
  const pool = new Pool({
    connectionString: emulator.url,
    credential: emulator.entra.credential(),
    application_name: 'on-vercel',
    idleTimeoutMillis: 1000,
  });
  try {
    attachDatabasePool(pool);
    await Promise.all([pool.query('select 1'), pool.query('select 2')]);
    const sessions = async () =>
      (await emulator.query(`select 1 from pg_stat_activity where application_name = 'on-vercel'`)).length;
    expect(await sessions()).toBe(2);
    expect(awaited.length).toBeGreaterThan(0);
    await Promise.all(awaited);
    expect(pool.totalCount).toBe(0);
    // The server's process ends a moment after the connection.
    await expect.poll(sessions, { timeout: 1000 }).toBe(0);
  } finally {
    await pool.end();
    vi.unstubAllEnvs();
    Reflect.deleteProperty(globalThis, context);
  }
});
