import { setFlagsFromString } from 'node:v8';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pool } from '../src/index.ts';

setFlagsFromString('--allow-natives-syntax');
const isFast = new Function('object', 'return %HasFastProperties(object)') as (object: object) => boolean;

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

test('what pg reads with every query is no slow object for V8', async () => {
  const pool = new Pool({ connectionString: emulator.postgres.url, password: emulator.postgres.password });
  try {
    const client = await pool.connect();
    await client.query('select 1');
    client.release();
    const { connection, connectionParameters } = client as unknown as Record<string, { stream: object }>;
    const read = { pool, options: pool.options, client, connection, connectionParameters };
    const slow = Object.entries(read).filter(([, object]) => !isFast(object as object));
    expect(slow.map(([name]) => name)).toEqual([]);
    expect(isFast(connection?.stream as object)).toBe(true);
  } finally {
    await pool.end();
  }
});
