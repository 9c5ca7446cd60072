/**
 * A thousand real sign-ins through the pooler.
 * @module-tag slow
 */
import { type Emulator, pgbouncerAvailable, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

const { available } = await pgbouncerAvailable();
let emulator: Emulator;

beforeAll(async () => {
  if (!available && !process.env.CI) return;
  emulator = await startEmulator();
  Object.assign(process.env, emulator.env);
});
afterAll(() => emulator?.stop());

it.skipIf(!available && !process.env.CI)(
  '1,000 connects of 20 pools at once, with nothing cached, cost one request for a token',
  async () => {
    const pools = Array.from(
      { length: 20 },
      () => new Pool({ connectionString: emulator.pooledUrl, max: 50 }),
    );
    try {
      const clients = await Promise.all(
        pools.flatMap((pool) => Array.from({ length: 50 }, () => pool.connect())),
      );
      expect(clients).toHaveLength(1000);
      expect(emulator.entra.requests).toHaveLength(2);
      for (const client of clients) client.release();
    } finally {
      await Promise.all(pools.map((pool) => pool.end()));
    }
  },
  120_000,
);
