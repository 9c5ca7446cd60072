import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import postgres from '@azure-pg/postgresjs';
import { afterAll, beforeAll, expect, it } from 'vitest';

// The readiness checks of docs/observability.md.
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());

function checks(): Record<string, { ready(): Promise<boolean>; end(): Promise<void> }> {
  const credential = emulator.entra.credential();
  const asked = (answer: PromiseLike<unknown>): Promise<boolean> =>
    Promise.resolve(answer).then(
      () => true,
      () => false,
    );
  const pool = new Pool({
    connectionString: emulator.url,
    credential,
    max: 1,
    connectionTimeoutMillis: 2000,
    query_timeout: 2000,
    connect_retry_timeout: 0,
  });
  const sql = postgres(emulator.url, {
    credential,
    max: 1,
    connect_timeout: 2,
    query_timeout: 2000,
    connect_retry_timeout: 0,
  });
  return {
    pg: { ready: () => asked(pool.query('select 1')), end: () => pool.end() },
    'postgres.js': { ready: () => asked(sql`select 1`), end: () => sql.end() },
  };
}

it.each(['pg', 'postgres.js'])(
  '%s says within seconds whether the server answers, and again when it is back',
  async (name) => {
    const check = checks()[name] as ReturnType<typeof checks>[string];
    try {
      expect(await check.ready()).toBe(true);
      await emulator.postgres.stop();
      const begun = performance.now();
      expect(await check.ready()).toBe(false);
      expect(performance.now() - begun).toBeLessThan(5000);
      await emulator.postgres.start();
      await expect.poll(check.ready, { timeout: 10_000 }).toBe(true);
    } finally {
      await check.end();
    }
  },
);
