import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../src/index.ts';
import { childrenOf } from '../src/machine/descent.ts';
import { clientOf, pooler, refusalOf, rowsOf, skipPooler } from './connect.ts';

/** Other tests may keep the machine busy. */
const patience = { timeout: 20_000, interval: 5 };

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: skipPooler ? false : {}, highAvailability: true });
  await emulator.query('CREATE TABLE kept (id int); GRANT ALL ON kept TO PUBLIC');
});
afterAll(() => emulator?.stop());

/** A session with a statement of its own under way, and what becomes of it. */
async function sleeper(): Promise<{ end: Promise<string>; notices: string[] }> {
  const { user, password, port } = emulator.postgres;
  const client = clientOf(emulator, { user, password, port });
  const notices: string[] = [];
  client.on('notice', ({ message }) => notices.push(message ?? ''));
  await client.connect();
  const end = client.query('SELECT pg_sleep(60)').then(
    () => 'done',
    ({ code, message }: { code?: string; message: string }) => code ?? message,
  );
  return { end, notices };
}

async function standbyPids(): Promise<{ server: number; receiver: number }> {
  const [{ data = '' } = {}] = await emulator.query<{ data: string }>(
    "SELECT current_setting('data_directory') AS data",
  );
  const folder = data.replace(/[^/]+$/, (name) => `data-${1 + Number(name.split('-')[1] ?? 0)}`);
  const server = Number.parseInt(await readFile(`${folder}/postmaster.pid`, 'utf8'), 10);
  for (const pid of await childrenOf(server)) {
    if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('walreceiver'))
      return { server, receiver: pid };
  }
  throw new Error('The standby receives nothing.');
}

const ids = async (): Promise<number[]> =>
  (await emulator.query<{ id: number }>('SELECT id FROM kept ORDER BY id')).map(({ id }) => id);

test.runIf(process.platform === 'linux')('no commit is reported before the standby has it', async () => {
  const { receiver } = await standbyPids();
  process.kill(receiver, 'SIGSTOP');
  let reported = false;
  try {
    const insert = emulator.query('INSERT INTO kept VALUES (0)').then(() => {
      reported = true;
    });
    const waiting = "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    await expect.poll(() => emulator.query(waiting), patience).toHaveLength(1);
    await wait(100);
    expect(reported).toBe(false);
    process.kill(receiver, 'SIGCONT');
    await insert;
  } finally {
    process.kill(receiver, 'SIGCONT');
  }
  await emulator.query('DELETE FROM kept');
});

test('nobody is let in at the standby, as on Azure', async () => {
  const [{ data = '' } = {}] = await emulator.query<{ data: string }>(
    "SELECT current_setting('data_directory') AS data",
  );
  const standby = new pg.Client({
    host: `${data}-1`,
    port: emulator.ports.postgres,
    user: 'azuresu',
    database: 'postgres',
  });
  await expect(standby.connect()).rejects.toMatchObject({
    code: '57P03',
    message: 'the database system is not accepting connections',
  });
});

describe.each(['planned', 'forced', 'planned'] as const)('failover, %s', (kind) => {
  test('leads the same addresses to the standby, which has all that was committed', async () => {
    const password = await emulator.entra.issueToken();
    const before = await ids();
    await rowsOf(emulator, { password }, `INSERT INTO kept VALUES (${before.length})`);
    await emulator.query("ALTER SYSTEM SET work_mem = '7MB'");
    const { end, notices } = await sleeper();
    const { url, ports } = emulator;

    const { downtime, timelineBefore, timelineAfter } = await emulator.failover({ kind });

    expect(await end).toMatch(
      kind === 'planned' ? /^57P01$/ : /^(Connection terminated unexpectedly|ECONNRESET)$/,
    );
    expect(notices).toEqual([]);
    expect(timelineAfter).toBe(timelineBefore + 1);
    expect(downtime).toBeGreaterThan(0);
    expect([emulator.url, emulator.ports]).toEqual([url, ports]);
    expect(await ids()).toEqual([...before, before.length]);
    const [state] = await rowsOf<object>(
      emulator,
      { password },
      'SELECT pg_is_in_recovery() AS standby, timeline_id AS timeline, current_user AS role FROM pg_control_checkpoint()',
    );
    expect(state).toEqual({ standby: false, timeline: timelineAfter, role: 'local-app' });
    expect(await emulator.query('SHOW work_mem')).toEqual([{ work_mem: '7MB' }]);
    expect(await emulator.query('SELECT sync_state FROM pg_stat_replication')).toEqual([
      { sync_state: 'sync' },
    ]);
    const { user, password: native, port } = emulator.postgres;
    expect(await refusalOf(emulator, { user, password: native, port })).toBe('signed in');
  });
});

test.skipIf(skipPooler)(
  `PgBouncer ${pooler.version ?? ''} is restarted, and leads to the standby`,
  async () => {
    const client = clientOf(emulator, {
      port: emulator.ports.pooled,
      password: await emulator.entra.issueToken(),
    });
    await client.connect();
    await client.query('INSERT INTO kept VALUES (100)');
    const gone = new Promise((resolve) => client.once('end', resolve));
    await emulator.failover({ kind: 'forced' });
    await gone;
    const signIn = { port: emulator.ports.pooled, password: await emulator.entra.issueToken() };
    expect(await rowsOf(emulator, signIn, 'SELECT id FROM kept WHERE id = 100')).toEqual([{ id: 100 }]);
  },
);

test('after a primary that died by itself, and for as long as a test wants', async () => {
  const before = await ids();
  await emulator.postgres.stop('immediate');
  const failover = emulator.failover({ kind: 'forced', downtime: 400 });
  await expect(emulator.failover({ kind: 'forced' })).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  expect(await refusalOf(emulator, { password: 'x' })).toMatchObject({ code: 'ECONNREFUSED' });
  expect((await failover).downtime).toBeGreaterThanOrEqual(400);
  expect(await ids()).toEqual(before);
});

test('a primary that is started again meanwhile is ended, and what it reported is there', async () => {
  const before = await ids();
  const failover = emulator.failover({ kind: 'forced', downtime: 500 });
  await expect.poll(() => emulator.postgres.running, patience).toBe(false);
  await emulator.postgres.start();
  // On a busy machine its time may be over by now.
  const insert = emulator.query('INSERT INTO kept VALUES (150)').then(
    () => [150],
    () => [],
  );
  const { timelineBefore, timelineAfter } = await failover;
  expect(timelineAfter).toBe(timelineBefore + 1);
  expect(await ids()).toEqual(expect.arrayContaining([...before, ...(await insert)]));
  await emulator.query('INSERT INTO kept VALUES (160)');
});

test('a restart of the primary does not lose the standby', async () => {
  await emulator.postgres.restart('immediate');
  await emulator.query('INSERT INTO kept VALUES (200)');
  expect(await emulator.query('SELECT sync_state FROM pg_stat_replication')).toEqual([
    { sync_state: 'sync' },
  ]);
});

test('what it does not do is said', async () => {
  await expect(emulator.failover({ kind: 'sudden' as 'forced' })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  });
  await expect(emulator.failover({ kind: 'forced', downtime: -1 })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  });
  await using without = await startEmulator({ pooler: false });
  await expect(without.failover({ kind: 'forced' })).rejects.toThrow(
    'started without `highAvailability: true`',
  );
});

test('stop() ends a failover that is under way, and leaves nothing', async () => {
  const short = await startEmulator({ pooler: false, highAvailability: true });
  const failover = short.failover({ kind: 'forced', downtime: 60_000 });
  const refused = expect(failover).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  await short.stop();
  await refused;
  expect(existsSync(short.folder)).toBe(false);
});
