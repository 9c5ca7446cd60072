import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import postgres from '../src/index.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());

/** Milliseconds. */
const idleTimeout = 1000;
const busy = 300;

test('a connection that is in use again and again stays for longer than idle_timeout, and is closed when it has been idle for that time', async () => {
  const name = 'idle_timeout';
  const sql = postgres(emulator.postgres.url, {
    max: 1,
    idle_timeout: idleTimeout / 1000,
    connection: { application_name: name },
  });
  const sessions = (): Promise<unknown[]> =>
    emulator.query('select pid from pg_stat_activity where application_name = $1', [name]);
  try {
    const pids = new Set<unknown>();
    let lastBegun = 0;
    for (const begun = performance.now(); performance.now() - begun < idleTimeout * 2.5; ) {
      lastBegun = performance.now();
      const [row] = await sql`select pg_backend_pid() as pid from pg_sleep(${busy / 1000})`;
      pids.add(row?.pid);
    }
    expect(pids.size).toBe(1);
    await vi.waitFor(async () => expect(await sessions()).toEqual([]), { timeout: 15_000, interval: 20 });
    expect(performance.now() - lastBegun).toBeGreaterThanOrEqual(busy + idleTimeout);
    const [row] = await sql`select pg_backend_pid() as pid`;
    expect(pids).not.toContain(row?.pid);
  } finally {
    await sql.end();
  }
});
