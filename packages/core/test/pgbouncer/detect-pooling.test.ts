import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { type Emulator, type PoolerOptions, pgbouncerAvailable, startEmulator } from '@azure-pg/emulator';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detectPooling } from '../../src/pooler-detection/detect-pooling.ts';
import { effectivePooling, forgetPooling } from '../../src/pooler-detection/effective-pooling.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';
import { HostileServer } from '../hostile-server.ts';

const trials = 8;
/** From 1.26 on PgBouncer says what it does: then nothing is found out by trying. */
const announces = Number((await pgbouncerAvailable()).version?.split('.')[1]) >= 26;

/** Other clients of the same pool. Gives the way to stop them. */
async function hammer(emulator: Emulator, url: string, clients: number, transactions: boolean) {
  const connectionString = url.slice(0, url.indexOf('?'));
  const ssl = { ca: await readFile(emulator.ca.file, 'utf8') };
  let stopped = false;
  const run = async (client: pg.Client): Promise<void> => {
    while (!stopped) {
      if (transactions) await client.query('begin');
      await client.query('select count(*) from pg_class');
      if (transactions) await client.query('commit');
    }
    await client.end();
  };
  const all = Array.from({ length: clients }, () => new pg.Client({ connectionString, ssl }));
  await Promise.all(all.map((client) => client.connect()));
  const running = all.map(run);
  return async (): Promise<void> => {
    stopped = true;
    await Promise.all(running);
  };
}

describe.each<[string, PoolerOptions, string, boolean]>([
  ['session, 0', { poolMode: 'session', maxPreparedStatements: 0 }, 'session', true],
  ['session, 200', { poolMode: 'session', maxPreparedStatements: 200 }, 'session', true],
  ['transaction, 0', { poolMode: 'transaction', maxPreparedStatements: 0 }, 'transaction', false],
  ['transaction, 0, one server', { poolMode: 'transaction', poolSize: 1 }, 'transaction', false],
  [
    'transaction, 0, servers in turn',
    { poolMode: 'transaction', poolSize: 6, adversarial: true },
    'transaction',
    false,
  ],
  [
    'transaction, 0, reset after every transaction',
    { poolMode: 'transaction', settings: { server_reset_query_always: 1 } },
    'transaction',
    false,
  ],
  ['transaction, 200', { poolMode: 'transaction', maxPreparedStatements: 200 }, 'transaction', true],
  ['statement, 0', { poolMode: 'statement', maxPreparedStatements: 0 }, 'statement', false],
  ['statement, 200', { poolMode: 'statement', maxPreparedStatements: 200 }, 'statement', true],
])('PgBouncer in %s', (_, pooler, poolMode, preparedStatements) => {
  let emulator: Emulator;
  let url: string;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler });
    url = emulator.pgbouncer?.url ?? '';
  });
  afterAll(() => emulator.stop());

  test.each([0, 12])('is recognised while %i others use the same pool', async (others) => {
    const stop = await hammer(emulator, url, others, poolMode !== 'statement');
    for (let trial = 0; trial < trials; trial++) {
      const { evidence, ...found } = await detectPooling(resolveConnection(url, undefined, {}));
      const { maxPreparedStatements = 0 } = pooler;
      const announced = announces && { maxPreparedStatements, evidence: ['announced'] };
      expect({ ...found, evidence }).toEqual({ poolMode, preparedStatements, evidence, ...announced });
    }
    await stop();
  });

  test('is left as it was: no statement and no setting of ours stays in any backend', async () => {
    await detectPooling(resolveConnection(url, undefined, {}));
    const busy = `select state, query from pg_stat_activity where usename = 'app' and state <> 'idle'`;
    await expect.poll(() => emulator.query(busy)).toEqual([]);
    const client = new pg.Client({
      connectionString: url.slice(0, url.indexOf('?')),
      ssl: { ca: await readFile(emulator.ca.file, 'utf8') },
    });
    await client.connect();
    for (let query = 0; query < 12; query++) {
      const left = await client.query(
        "select name from pg_prepared_statements where name not like 'PGBOUNCER%'",
      );
      expect(left.rows).toEqual([]);
    }
    await client.end();
  });
});

describe('what is not a pooler, or reveals nothing', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { poolMode: 'session', settings: { server_reset_query: '' } } });
  });
  afterAll(() => emulator.stop());

  test('PostgreSQL itself', async () => {
    const found = await detectPooling(resolveConnection(emulator.postgres.url, undefined, {}));
    expect(found).toEqual({ poolMode: 'none', preparedStatements: true, evidence: ['own backend'] });
  });

  test.skipIf(announces)(
    'a session pooler that resets nothing is unknown, and not taken for anything else',
    async () => {
      const found = await detectPooling(resolveConnection(emulator.pgbouncer?.url, undefined, {}));
      expect(found).toMatchObject({ poolMode: 'unknown', preparedStatements: 'unknown' });
      expect(found.evidence).toContain('backend not reset');
    },
  );

  test.skipIf(announces)('the mode stays unknown, soon, when no backend is free', async () => {
    const { pgbouncer } = await startFull();
    const found = await detectPooling(resolveConnection(pgbouncer.url, undefined, {}), { timeout: 300 });
    expect(found).toEqual({ poolMode: 'unknown', preparedStatements: 'unknown', evidence: ['no answer'] });
  });

  /** A pool whose only server is held by a client. */
  async function startFull() {
    full = await startEmulator({ pooler: { poolMode: 'session', poolSize: 1 } });
    const { pgbouncer } = full;
    if (pgbouncer === undefined) throw new Error('There is no PgBouncer');
    holder = new pg.Client({
      connectionString: pgbouncer.url.slice(0, pgbouncer.url.indexOf('?')),
      ssl: { ca: await readFile(full.ca.file, 'utf8') },
    });
    await holder.connect();
    await holder.query('select 1');
    return { pgbouncer };
  }
  let full: Emulator | undefined;
  let holder: pg.Client | undefined;
  afterAll(async () => {
    await holder?.end();
    await full?.stop();
  });
});

describe('pool_mode=detect', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { poolMode: 'transaction', maxPreparedStatements: 200 } });
  });
  afterAll(() => emulator.stop());

  test('asks the live server once, and every connection obeys what it said', async () => {
    const connection = resolveConnection(`${emulator.pgbouncer?.url}&pool_mode=detect`, undefined, {});
    const all = await Promise.all([1, 2, 3].map(() => effectivePooling(connection)));
    expect(all).toEqual(
      Array(3).fill({ poolMode: 'transaction', maxPreparedStatements: announces ? 200 : 1 }),
    );
    forgetPooling(connection);
  });

  test('a server that is down is not remembered as anything', async () => {
    const url = `${emulator.pgbouncer?.url}&pool_mode=detect&connect_retry_timeout=0`;
    const connection = resolveConnection(url, undefined, {});
    await emulator.pgbouncer?.stop();
    await expect(effectivePooling(connection)).rejects.toThrow();
    await emulator.pgbouncer?.start();
    expect(await effectivePooling(connection)).toMatchObject({ poolMode: 'transaction' });
    forgetPooling(connection);
  });

  test('gives up when told to in any moment in which its first connection becomes ready', async () => {
    const enough = new Error('enough');
    // Signs in, and answers nothing more.
    await using silent = await HostileServer.start(async (peer) => {
      await peer.startup();
      peer.send('R', 0);
      peer.send('Z', 'I');
    });
    const url = `postgresql://u@127.0.0.1:${silent.port}/d?sslmode=disable&password=p`;
    const connection = resolveConnection(url, undefined, {});
    const giveUpAfter = async (steps: number): Promise<unknown> => {
      const abort = new AbortController();
      const dial = (): Socket =>
        connect(silent.port, '127.0.0.1').once('readable', async () => {
          for (let step = 0; step < steps; step++) await undefined;
          abort.abort(enough);
        });
      return detectPooling(connection, { signal: abort.signal, timeout: 3_600_000, dial }).catch(
        (error: unknown) => (error as Error).cause ?? error,
      );
    };
    const reasons = await Promise.all(Array.from({ length: 100 }, (_, steps) => giveUpAfter(steps)));
    expect(new Set(reasons)).toEqual(new Set([enough]));
    await silent.deserted();
  });

  test('a server that is ready too early, and says what belongs before that afterwards, is given up', async () => {
    await using hasty = await HostileServer.start(async (peer) => {
      await peer.startup();
      peer.send('R', 0);
      peer.send('Z');
      peer.send('S', 'server_version\x0018.0\0');
      peer.send('Z', 'I');
    });
    const url = `postgresql://u@127.0.0.1:${hasty.port}/d?sslmode=disable&password=p`;
    const detecting = detectPooling(resolveConnection(url, undefined, {}), { timeout: 200 });
    await expect(detecting).resolves.toMatchObject({ poolMode: 'unknown' });
    await hasty.deserted();
  });

  test('gives up at once when told to', async () => {
    const connection = resolveConnection(emulator.pgbouncer?.url, undefined, {});
    const abort = new AbortController();
    const detecting = detectPooling(connection, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(detecting).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
  });

  test('no connection of ours stays behind', async () => {
    await detectPooling(resolveConnection(emulator.pgbouncer?.url, undefined, {}));
    await emulator.pgbouncer?.stop();
    await expect
      .poll(() => emulator.query(`select pid from pg_stat_activity where usename = 'app'`))
      .toEqual([]);
    await emulator.pgbouncer?.start();
  });
});
