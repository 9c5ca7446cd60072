import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client, poolConfig } from '@azure-pg/pg';
import { mayLend, poolEnds } from '@azure-pg/pg/adapter';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// For pools that are not pg's: Knex has one of its own.
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  Object.assign(process.env, emulator.env);
});
afterAll(() => emulator.stop());

const connected = async (): Promise<pg.Client> => {
  const client = new Client(emulator.url);
  client.on('error', () => {});
  await client.connect();
  return client;
};
const pidOf = async (client: pg.Client): Promise<number> =>
  (await client.query('select pg_backend_pid() as pid')).rows[0].pid;

describe('mayLend()', () => {
  it('asks the server of a connection that was idle for more than a second, and no other', async () => {
    const client = await connected();
    await client.query('select 1');
    const { connection } = client as unknown as { connection: { sync(): void } };
    let asked = 0;
    const { sync } = connection;
    connection.sync = () => {
      asked++;
      sync.call(connection);
    };
    expect(await mayLend(client, 900)).toBe(true);
    expect(asked).toBe(0);
    expect(await mayLend(client, 1100)).toBe(true);
    expect(asked).toBe(1);
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('is false of one that the server ends while it is asked', async () => {
    const client = await connected();
    const pid = await pidOf(client);
    const ended = emulator.query('select pg_terminate_backend($1)', [pid]);
    expect(
      await mayLend(client, 2000).then((alive) => alive && ended.then(() => mayLend(client, 2000))),
    ).toBe(false);
  });

  it('is true of a client of pg’s own, of which nothing is known', async () => {
    const { host, port, user, password } = emulator.postgres;
    const ssl = { ca: emulator.ca.pem };
    const client = new pg.Client({ host, port, user, password, database: 'postgres', ssl });
    await client.connect();
    expect(await mayLend(client, 5000)).toBe(true);
    await client.end();
  });
});

describe('poolEnds()', () => {
  it('after it, connecting that fails is not tried again', async () => {
    const config = poolConfig('postgres://app:word@127.0.0.1:1/app?sslmode=disable&connect_timeout=30');
    const begun = performance.now();
    const first = new Client(config).connect();
    poolEnds(config);
    await expect(first).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(new Client(config).connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
