import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client, Pool } from '@azure-pg/pg';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from './support/run-program.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());

/** Ends a client that is still connecting, and says what became of each promise. */
async function outcomes(
  Kind: new (config: pg.ClientConfig) => pg.Client,
  config: pg.ClientConfig & { pipeline?: boolean },
) {
  const { host, port, user, password } = emulator.postgres;
  const ssl = { ca: emulator.ca.pem };
  const client = new Kind({ host, port, user, password, database: 'postgres', ssl, ...config });
  const told = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'done',
      (error: Error) => error.message,
    );
  const connected = told(client.connect());
  const query = told(client.query('SELECT 1'));
  const ended = told(client.end());
  const late = told(client.query('SELECT 2'));
  return { connected, query: await query, ended: await ended, late: await late };
}

describe('end() before connect() is done', () => {
  it('ends no process with an error that nobody waits for', async () => {
    const { code, errors, output } = await runProgram('end-while-connecting.ts', {
      URL: emulator.postgres.url,
    });
    expect({ code, errors, output }).toEqual({ code: 0, errors: '', output: 'ended\n' });
  });

  it('gives up what was asked, as pg does, and tells those who wait for connect()', async () => {
    const { connected: _, ...bare } = await outcomes(pg.Client, {});
    const { connected, ...ours } = await outcomes(Client, {});
    expect(ours).toEqual(bare);
    expect(await connected).toBe('Connection terminated');
  });

  it('answers what a pipeline was given before, as pg does', async () => {
    const bare = await outcomes(pg.Client, { pipeline: true });
    const ours = await outcomes(Client, { pipeline: true });
    // Versions without pipelines ignore the option, and then leave this promise open.
    if (bare.query === 'done') expect(await ours.connected).toBe(await bare.connected);
    const { connected: _, ...rest } = ours;
    const { connected: __, ...expected } = bare;
    expect(rest).toEqual(expected);
  });
});

it('an error on the socket that a client had while connecting reaches its query and ends the connection', async () => {
  const pool = new Pool({ connectionString: emulator.postgres.url, max: 1 });
  const [first, second] = [new Error('network issue'), new Error('another')];
  const lost = pool.query('SELECT 1');
  socketOf(pool).emit('error', first);
  await expect(lost).rejects.toBe(first);

  const running = pool.query('SELECT pg_sleep(30)');
  const socket = socketOf(pool);
  const active = "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'";
  await expect.poll(() => emulator.query(active)).toHaveLength(1);
  socket.emit('error', second);
  await expect(running).rejects.toBe(second);
  expect(socket.destroyed).toBe(true);
  await pool.end();
});

/** The socket of a pool's only client, as it is now. */
function socketOf(pool: pg.Pool): pg.Connection['stream'] {
  const [client] = (pool as unknown as { _clients: { connection: pg.Connection }[] })._clients;
  if (client === undefined) throw new Error('The pool has no client');
  return client.connection.stream;
}
