import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Emulator, pgbouncerAvailable, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from './support/run-program.ts';

/** Connecting waits for up to two seconds before it tries again. */
const patience = { timeout: 20_000 };

let emulator: Emulator;
let urls: readonly string[];
beforeAll(async () => {
  const { available } = await pgbouncerAvailable();
  emulator = await startEmulator({ highAvailability: true, ...(!available && { pooler: false }) });
  urls = available ? [emulator.url, emulator.pooledUrl] : [emulator.url];
  await emulator.query('create table written (id text primary key); grant all on written to public');
});
afterAll(() => emulator?.stop());

it.each(['planned', 'forced'] as const)('a failover, %s, loses no write that was reported', async (kind) => {
  const reported: string[] = [];
  const refused: string[] = [];
  let over = false;
  const pools = urls.map(
    (connectionString) => new Pool({ connectionString, max: 4, credential: emulator.entra.credential() }),
  );
  const worker = async (pool: Pool, name: string): Promise<void> => {
    for (let number = 0; !over; number += 1) {
      const id = `${kind} ${name} ${number}`;
      await pool.query('insert into written values ($1)', [id]).then(
        () => reported.push(id),
        () => refused.push(id),
      );
    }
  };
  try {
    const workers = pools.flatMap((pool, route) =>
      [1, 2, 3, 4].map((each) => worker(pool, `${route}.${each}`)),
    );
    await expect.poll(() => reported.length, patience).toBeGreaterThan(100);
    const before = reported.length;
    const { downtime } = await emulator.failover({ kind, downtime: 300 });
    const atReturn = reported.length;
    await expect.poll(() => reported.length, patience).toBeGreaterThan(atReturn + 100);
    over = true;
    await Promise.all(workers);

    const rows = await emulator.query<{ id: string }>('select id from written where id like $1', [
      `${kind} %`,
    ]);
    const there = new Set(rows.map(({ id }) => id));
    expect(reported.filter((id) => !there.has(id))).toEqual([]);
    expect(before).toBeGreaterThan(100);
    expect(downtime).toBeGreaterThanOrEqual(300);
    // Each direct connection loses at most the statement that it was running; connecting is tried again. A pooler that is still there refuses by itself.
    expect(refused.filter((id) => id.startsWith(`${kind} 0.`)).length).toBeLessThanOrEqual(4);
  } finally {
    over = true;
    await Promise.all(pools.map((pool) => pool.end()));
  }
});

it('the program of docs/reliability.md runs', async () => {
  const page = await readFile(new URL('../../../docs/reliability.md', import.meta.url), 'utf8');
  const [, program = ''] = /^```ts\n(import assert.*?)^```/ms.exec(page) ?? [];
  // Beside the tests, so that the package finds itself by its name.
  const file = fileURLToPath(new URL(`./programs/failover-${process.pid}.ts`, import.meta.url));
  await writeFile(file, program);
  try {
    const end = await runProgram(file, {});
    expect(end).toMatchObject({ code: 0 });
    expect(end.output).toMatch(/^[1-9]\d* rows were reported as written, and are there\n$/);
  } finally {
    await rm(file);
  }
});
