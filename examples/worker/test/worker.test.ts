import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  await emulator.query('create table job (id int primary key, text text not null, done_at timestamptz)');
  await emulator.query('create table effect (job int references job, text text not null)');
  await emulator.query('grant all on job, effect to public');
  await emulator.query("insert into job select id, 'job ' || id from generate_series(1, 100) id");
});
afterAll(() => emulator?.stop());

const count = async (sql: string): Promise<number> =>
  (await emulator.query(`select count(*)::int as count from ${sql}`))[0]?.count as number;

it('SIGTERM: the job that has begun is finished, no other begins, and nothing is left behind', async () => {
  const worker = spawn(
    process.execPath,
    ['--conditions=@azure-pg/source', fileURLToPath(new URL('../src/worker.ts', import.meta.url))],
    {
      env: { ...process.env, ...emulator.env, DATABASE_URL: emulator.url, PGAPPNAME: 'worker' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  worker.stdout.on('data', (data) => {
    output += data;
  });
  // In the middle of a job: its row is locked, and only its transaction sees its first effect.
  await vi.waitUntil(
    async () =>
      (await count('job where done_at is not null')) > 1 &&
      (await count(
        "pg_stat_activity where application_name = 'worker' and state = 'idle in transaction'",
      )) === 1,
    { timeout: 20_000, interval: 5 },
  );
  const doneBefore = await count('job where done_at is not null');
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(output).toBe('stopped\n');

  const done = await count('job where done_at is not null');
  expect(done).toBeGreaterThanOrEqual(doneBefore);
  expect(done).toBeLessThanOrEqual(doneBefore + 2);
  expect(await count('effect')).toBe(2 * done);
  expect(
    await count('job where done_at is null and id <= (select max(id) from job where done_at is not null)'),
  ).toBe(0);
  expect(await count("pg_stat_activity where application_name = 'worker'")).toBe(0);
});
