import { AzurePgError } from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool, poolConfig } from '@azure-pg/pg';
import postgres from '@azure-pg/postgresjs';
import { sql } from 'drizzle-orm';
import { DefaultLogger } from 'drizzle-orm/logger';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drizzle } from '../src/index.ts';
import { drizzle as drizzlePostgresJs } from '../src/postgres-js.ts';
import { config } from './drizzle-version.ts';
import { note } from './tables.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  Object.assign(process.env, emulator.env, { DATABASE_URL: emulator.url });
});
afterAll(async () => {
  delete process.env.DATABASE_URL;
  await emulator.stop();
});

const user = sql<{ u: string }>`select current_user as u`;

describe('every form of drizzle()’s arguments connects, over node-postgres', () => {
  const logger = new DefaultLogger({ writer: { write: () => {} } });
  const forms: Record<string, () => ReturnType<typeof drizzle>> = {
    'nothing: the environment': () => drizzle(),
    'a URL': () => drizzle(emulator.url),
    'a URL and a config': () => drizzle(emulator.url, { logger }),
    'a pool': () => drizzle(new Pool(emulator.url)),
    'a pool and a config': () => drizzle(new Pool(emulator.url), { casing: 'snake_case' }),
    'a pool of pg’s own with our config': () => drizzle(new pg.Pool(poolConfig(emulator.url)) as Pool),
    '{ client }': () => drizzle({ client: new Pool(emulator.url), logger }),
    '{ connection: URL }': () => drizzle({ connection: emulator.url }),
    '{ connection: options }': () =>
      drizzle({ connection: { connectionString: emulator.url, max: 1 }, logger }),
    'a config alone: the environment': () => drizzle({ ...config, connection: undefined } as never) as never,
  };
  it.each(Object.entries(forms))('%s', async (_name, open) => {
    const db = open();
    expect((await db.execute(user)).rows).toEqual([{ u: 'local-app' }]);
    expect(db.$client).toBeInstanceOf(pg.Pool);
    await db.$client.end();
  });

  it('a client that is connected already', async () => {
    const pool = new Pool(emulator.url);
    const client = await pool.connect();
    const db = drizzle({ client });
    expect((await db.transaction((transaction) => transaction.execute(user))).rows).toEqual([
      { u: 'local-app' },
    ]);
    expect(db.$client).toBe(client);
    client.release();
    await pool.end();
  });

  it('no connection at all: drizzle.mock()', () => {
    expect(drizzle.mock(config).select().from(note).toSQL().sql).toContain('from "note"');
  });
});

describe('every form of drizzle()’s arguments connects, over postgres.js', () => {
  const forms: Record<string, () => ReturnType<typeof drizzlePostgresJs>> = {
    'nothing: the environment': () => drizzlePostgresJs(),
    'a URL': () => drizzlePostgresJs(emulator.url),
    'a URL and a config': () => drizzlePostgresJs(emulator.url, { logger: false }),
    'an instance': () => drizzlePostgresJs(postgres(emulator.url)),
    'an instance and a config': () => drizzlePostgresJs(postgres(emulator.url), { casing: 'snake_case' }),
    '{ client }': () => drizzlePostgresJs({ client: postgres(emulator.url) }),
    '{ connection: URL }': () => drizzlePostgresJs({ connection: emulator.url }),
    '{ connection: { url, … } }': () => drizzlePostgresJs({ connection: { url: emulator.url, max: 1 } }),
    '{ connection: options }': () =>
      drizzlePostgresJs({ connection: { connectionString: emulator.url, max: 1 } }),
  };
  it.each(Object.entries(forms))('%s', async (_name, open) => {
    const db = open();
    expect([...(await db.execute(user))]).toEqual([{ u: 'local-app' }]);
    await db.$client.end();
  });

  it('no connection at all: drizzle.mock()', () => {
    expect(drizzlePostgresJs.mock(config).select().from(note).toSQL().sql).toContain('from "note"');
  });
});

describe('what cannot be is refused when the database object is made', () => {
  const wrong: Record<string, () => unknown> = {
    'an unknown setting in the URL': () => drizzle('postgres://localhost/db?colour=red'),
    'an unknown option': () => drizzle({ connection: { host: 'localhost', poolMod: 'session' } as never }),
    'a startup parameter that the pooler refuses': () =>
      drizzle({ connection: { host: 'x.postgres.database.azure.com', port: 6432, statement_timeout: 5 } }),
    'an unknown option of postgres.js': () =>
      drizzlePostgresJs({ connection: { hots: 'localhost' } as never }),
    'prepare: true through a pooler that keeps no statements': () =>
      drizzlePostgresJs({
        connection: { url: 'postgres://x.postgres.database.azure.com:6432/db', prepare: true },
      }),
  };
  // Each would otherwise go to wherever the environment says.
  const elsewhere = new URL('postgres://localhost/db');
  const nothing: Record<string, unknown> = {
    'a URL object': elsewhere,
    'a promise': Promise.resolve(elsewhere),
    'a number': 5,
    'options that are not in "connection"': { connectionString: elsewhere.href },
    'a URL object as connection': { connection: elsewhere },
    'a promise as connection': { connection: Promise.resolve(elsewhere.href) },
  };
  it.each(Object.entries(nothing))('%s', (_name, given) => {
    expect(() => drizzle(given as never)).toThrow(AzurePgError);
    expect(() => drizzlePostgresJs(given as never)).toThrow(AzurePgError);
  });
  it.each(Object.entries(wrong))('%s', (_name, make) => {
    expect(make).toThrow(AzurePgError);
  });
});

describe('what Drizzle would ignore and the connection was to have is refused', () => {
  const pool = (): unknown => new Pool('postgresql://ada@localhost/app');
  const forms: Readonly<Record<string, (config: object) => readonly unknown[]>> = {
    'beside a URL': (config) => ['postgresql://ada@localhost/app', config],
    'beside a pool': (config) => [pool(), config],
    'beside { connection }': (config) => [{ connection: 'postgresql://ada@localhost/app', ...config }],
    'beside { client }': (config) => [{ client: pool(), ...config }],
  };
  it.each(Object.entries(forms))('%s', (_, form) => {
    for (const drizzleOf of [drizzle, drizzlePostgresJs] as unknown as ((...given: unknown[]) => unknown)[]) {
      for (const name of ['credential', 'max', 'poolMode', 'ssl'])
        expect(() => drizzleOf(...form({ [name]: 1 }))).toThrow(
          expect.objectContaining({ code: 'INVALID_SETTING', message: expect.stringContaining(`"${name}"`) }),
        );
    }
  });

  it('"connection" beside { client }', () => {
    const both = { client: pool(), connection: 'postgresql://ada@localhost/app' } as never;
    expect(() => drizzle(both)).toThrow('no effect together with "client"');
  });

  it('but not what a newer Drizzle may know', () => {
    expect(() => drizzle('postgresql://ada@localhost/app', { somethingNew: true } as never)).not.toThrow();
  });
});
