import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client, extend, Pool, poolConfig } from '@azure-pg/pg';
import pg from 'pg';
// Another copy of pg, as an ORM may bring its own: the oldest one that is supported.
import foreign from 'pg-oldest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  Object.assign(process.env, emulator.env);
});
afterAll(() => emulator.stop());

async function user(pool: pg.Pool): Promise<string> {
  try {
    return (await pool.query('SELECT current_user AS user')).rows[0].user;
  } finally {
    await pool.end();
  }
}

it('the run over the oldest pg is over the oldest pg', () => {
  expect(Object.is(pg, foreign)).toBe(process.env.DRIVER_VERSION_UNDER_TEST === 'oldest');
});

describe("poolConfig gives somebody else's pool clients of ours", () => {
  it('a plain Pool of pg', async () => {
    expect(await user(new pg.Pool(poolConfig(emulator.url)))).toBe('local-app');
    expect(await user(new pg.Pool(poolConfig({ connectionString: emulator.url }, { max: 1 })))).toBe(
      'local-app',
    );
  });

  it('the Pool of another copy of pg', async () => {
    expect(await user(new foreign.Pool(poolConfig(emulator.url)))).toBe('local-app');
  });

  it('that copy’s own clients and errors, where it is named', async () => {
    const pool = new foreign.Pool(poolConfig(emulator.url, { pg: foreign }));
    const client = await pool.connect();
    expect(client).toBeInstanceOf(foreign.Client);
    const error = await client.query('SELECT * FROM nowhere').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: '42P01' });
    client.release();
    expect(await user(pool)).toBe('local-app');
  });

  it('the URL is read once, however many connections are made', async () => {
    const config = poolConfig(emulator.postgres.url);
    // Would fail for every client that read it again.
    Object.defineProperty(config, 'connectionString', { value: config.connectionString, enumerable: true });
    const pool = new pg.Pool({ ...config, max: 3 });
    const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    for (const client of clients) client.release();
    expect(await user(pool)).toBe('app');
  });

  it('options win over the input', () => {
    expect(poolConfig('postgres://ada@localhost/db', { max: 7, user: 'eve' })).toMatchObject({
      max: 7,
      user: 'eve',
    });
  });

  it('a config that means nothing is refused at once', () => {
    expect(() => poolConfig('postgres://ada@localhost/db?colour=red')).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING' }),
    );
  });
});

it('the native client is refused with a reason', () => {
  class Native {}
  expect(() => extend({ ...pg, Client: Native } as never)).toThrow(/native/);
});

it('a class of the user that extends Client is taken', async () => {
  class MyClient extends Client {
    readonly mine = true;
  }
  const pool = new Pool({ connectionString: emulator.postgres.url, Client: MyClient });
  const client = await pool.connect();
  expect(client).toMatchObject({ mine: true });
  client.release();
  await pool.end();
});
