import { type ChildProcess, spawn } from 'node:child_process';
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

const itsConnections = "pg_stat_activity where application_name = 'worker'";

/** A worker in the middle of a job: its row is locked, and its transaction alone sees its first effect. */
async function workingWorker(): Promise<{ child: ChildProcess; output: () => string }> {
  const program = fileURLToPath(new URL('../src/worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@azure-pg/source', program], {
    env: { ...process.env, ...emulator.env, DATABASE_URL: emulator.url, PGAPPNAME: 'worker' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (data) => {
    output += data;
  });
  const doneBefore = await count('job where done_at is not null');
  await vi.waitUntil(
    async () =>
      (await count('job where done_at is not null')) > doneBefore &&
      (await count(`${itsConnections} and state = 'idle in transaction'`)) === 1,
    { timeout: 20_000, interval: 5 },
  );
  return { child, output: () => output };
}

it.each([
  {
    signal: 'SIGTERM',
    end: [0, null],
    said: 'stopped\n',
    what: 'the job that has begun is finished, no other begins, and nothing is left behind',
  },
  { signal: 'SIGKILL', end: [null, 'SIGKILL'], said: '', what: 'the job that has begun is undone' },
] as const)('$signal: $what', async ({ signal, end, said }) => {
  const { child, output } = await workingWorker();
  const before = await count('job where done_at is not null');
  const ended = once(child, 'exit');
  child.kill(signal);
  expect(await ended).toEqual(end);
  expect(output()).toBe(said);
  // The server notices by itself that a client is gone; one that said goodbye is gone already.
  if (signal === 'SIGTERM') expect(await count(itsConnections)).toBe(0);
  else await vi.waitUntil(async () => (await count(itsConnections)) === 0, { timeout: 10_000 });

  const done = await count('job where done_at is not null');
  // The one that was under way, and one that began between the look and the signal.
  expect(done - before).toBeLessThanOrEqual(2);
  expect(await count('effect')).toBe(2 * done);
  // In their order, none left out.
  expect(await count(`job where done_at is not null and id <= ${done}`)).toBe(done);
});
