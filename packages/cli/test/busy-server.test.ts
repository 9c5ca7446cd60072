import { type Emulator, startEmulator } from '@azure-pg/emulator';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false, postgres: { settings: { max_connections: 12 } } });
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

async function session(): Promise<pg.Client> {
  const one = new pg.Client({
    host: 'localhost',
    port: emulator.postgres.port,
    user: emulator.postgres.user,
    password: emulator.postgres.password,
    database: 'postgres',
    ssl: { ca: emulator.ca.pem },
  });
  one.on('error', () => {});
  await one.connect();
  return one;
}

async function doctor(): Promise<{
  code: number | null;
  cause: string | undefined;
  said: string | undefined;
}> {
  const { code, stdout } = await runCli(['doctor', '--json', emulator.postgres.url]);
  const { cause, steps } = JSON.parse(stdout) as {
    cause?: { code: string };
    steps: { verdict: string; said?: string }[];
  };
  return { code, cause: cause?.code, said: steps.find(({ verdict }) => verdict === 'failed')?.said };
}

test('a server whose connections are all taken is known as that', async () => {
  const held: pg.Client[] = [];
  try {
    for (let full = false; !full; ) {
      await session().then(
        (one) => held.push(one),
        (error: { code?: string }) => {
          expect(error.code).toBe('53300');
          full = true;
        },
      );
    }
    expect(await doctor()).toMatchObject({ code: 1, cause: 'too-many-clients' });
  } finally {
    await Promise.all(held.map((one) => one.end()));
  }
});

test('a server that is stopping is known as that', async () => {
  const held = await session();
  const stopped = emulator.postgres.stop('smart');
  try {
    await expect
      .poll(() =>
        session().then(
          async (one) => void (await one.end()),
          (error: { code?: string }) => error.code,
        ),
      )
      .toBe('57P03');
    expect(await doctor()).toEqual({
      code: 1,
      cause: 'server-not-ready',
      said: '57P03 the database system is shutting down',
    });
  } finally {
    await held.end();
    void stopped.catch(() => undefined);
  }
});
