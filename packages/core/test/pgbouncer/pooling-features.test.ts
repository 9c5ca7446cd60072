import { readFile } from 'node:fs/promises';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Pooling } from '../../src/connection/connection.ts';
import {
  allowsNamedStatements,
  type PoolingFeature,
  poolingAllows,
  refusesTransactions,
} from '../../src/pooling/pooling-features.ts';

type Attempt = (client: pg.Client) => Promise<boolean>;

const rows = async (client: pg.Client, text: string, values?: unknown[]) =>
  (await client.query({ text, ...(values && { values }), rowMode: 'array' })).rows as unknown[][];

/** Each uses the feature in two steps, and tells whether the second found what the first had left. */
const attempts: Partial<Record<PoolingFeature, Attempt>> = {
  'named statement': async (client) => {
    for (let count = 0; count < 4; count++)
      await client.query({ name: 'n', text: 'select $1::int', values: [1] });
    return true;
  },
  'unnamed statement': async (client) => (await rows(client, 'select $1::int', [7]))[0]?.[0] === 7,
  prepare: async (client) => {
    await client.query('prepare p as select 1');
    await client.query('execute p');
    return true;
  },
  set: async (client) => {
    await client.query("set azure_pg.probe = 'mine'");
    return (await rows(client, "select current_setting('azure_pg.probe', true)"))[0]?.[0] === 'mine';
  },
  'session advisory lock': async (client) => {
    await client.query('select pg_advisory_lock(7)');
    return (await rows(client, 'select pg_advisory_unlock(7)'))[0]?.[0] === true;
  },
  'temporary table': async (client) => {
    await client.query('create temp table probe (a int)');
    await client.query('select * from probe');
    return true;
  },
  'last value': async (client) => {
    const made = await rows(client, "select nextval('probe_ids')");
    return (await rows(client, 'select lastval()'))[0]?.[0] === made[0]?.[0];
  },
  'cursor with hold': async (client) => {
    await client.query('declare held cursor with hold for select 1');
    return (await rows(client, 'fetch held')).length === 1;
  },
  copy: async (client) => {
    await client.query('copy (select 1) to stdout');
    return true;
  },
  transaction: async (client) => {
    await client.query('begin');
    await client.query('commit');
    return true;
  },
  'set local': async (client) => {
    await client.query('begin');
    await client.query("set local azure_pg.probe = 'mine'");
    const seen = await rows(client, "select current_setting('azure_pg.probe', true)");
    await client.query('commit');
    return seen[0]?.[0] === 'mine';
  },
  cursor: async (client) => {
    await client.query('begin');
    await client.query('declare c cursor for select 1');
    const seen = await rows(client, 'fetch c');
    await client.query('commit');
    return seen.length === 1;
  },
  'transaction advisory lock': async (client) => {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(9)');
    const held = await rows(
      client,
      "select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
    );
    await client.query('commit');
    return held.length === 1;
  },
};

const inTransaction =
  (attempt: Attempt): Attempt =>
  async (client) => {
    await client.query('begin');
    try {
      const worked = await attempt(client);
      // Undone, so that nothing stays in the backend.
      await client.query('rollback');
      return worked;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    }
  };

// Every transaction on another server: an ordinary pooler gives a lone client the same one, and hides what is lost.
describe.each<Pooling>([
  { poolMode: 'transaction', maxPreparedStatements: 0 },
  { poolMode: 'transaction', maxPreparedStatements: 200 },
  { poolMode: 'statement', maxPreparedStatements: 0 },
  { poolMode: 'statement', maxPreparedStatements: 200 },
])('what is said of $poolMode/$maxPreparedStatements is what PgBouncer does:', (pooling) => {
  let emulator: Emulator;
  let client: pg.Client;
  const connect = async (url: string): Promise<pg.Client> => {
    const connectionString = url.slice(0, url.indexOf('?'));
    const connected = new pg.Client({
      connectionString,
      ssl: { ca: await readFile(emulator.ca.file, 'utf8') },
    });
    connected.on('error', () => {});
    await connected.connect();
    return connected;
  };
  beforeAll(async () => {
    const { poolMode, maxPreparedStatements } = pooling;
    if (poolMode === 'none' || poolMode === 'detect') throw new Error('no mode of PgBouncer');
    emulator = await startEmulator({
      pooler: { poolMode, maxPreparedStatements, poolSize: 6, adversarial: true },
    });
    await emulator.query('create sequence probe_ids; grant usage on probe_ids to public');
  });
  afterAll(() => emulator.stop());
  beforeEach(async () => {
    // Nothing of the test before, and more than one server.
    await emulator.pgbouncer?.restart();
    client = await connect(emulator.pgbouncer?.url ?? '');
    const others = await Promise.all([1, 2].map(() => connect(emulator.pgbouncer?.url ?? '')));
    for (const servers = new Set<number>(); servers.size < 2; ) {
      const answers = await Promise.all(
        [client, ...others].map((each) => each.query('select pg_backend_pid() as pid, pg_sleep(0.02)')),
      );
      for (const { pid } of answers.flatMap(({ rows }) => rows)) servers.add(pid);
    }
    await Promise.all(others.map((each) => each.end()));
    return () => client.end().catch(() => {});
  });

  const works = (attempt: Attempt): Promise<boolean> => attempt(client).catch(() => false);

  test.each(Object.entries(attempts) as [PoolingFeature, Attempt][])('%s', async (feature, attempt) => {
    const allowed = poolingAllows(pooling, feature);
    if (allowed === 'in a transaction') expect(await works(inTransaction(attempt))).toBe(true);
    expect(await works(attempt)).toBe(allowed === 'yes');
  });

  test('listen and notify', async () => {
    const listener = await connect(emulator.postgres.url);
    const heard: string[] = [];
    listener.on('notification', ({ payload }) => heard.push(`direct ${payload}`));
    client.on('notification', ({ payload }) => heard.push(`pooled ${payload}`));
    await listener.query('listen changes');
    await client.query('listen changes');
    await client.query("notify changes, 'one'");
    await expect.poll(() => heard).toContain('direct one');
    expect(poolingAllows(pooling, 'notify')).toBe('yes');
    expect(heard).not.toContain('pooled one');
    expect(poolingAllows(pooling, 'listen')).toBe('no');
    await listener.end();
  });
});

test.each<[Pooling, boolean, boolean]>([
  [{ poolMode: 'none', maxPreparedStatements: 0 }, true, false],
  [{ poolMode: 'session', maxPreparedStatements: 0 }, true, false],
  [{ poolMode: 'transaction', maxPreparedStatements: 0 }, false, false],
  [{ poolMode: 'transaction', maxPreparedStatements: 1 }, true, false],
  [{ poolMode: 'statement', maxPreparedStatements: 0 }, false, true],
  [{ poolMode: 'statement', maxPreparedStatements: 1 }, true, true],
  [{ poolMode: 'detect', maxPreparedStatements: 0 }, false, false],
])('%o: named statements %s, transactions refused %s', (pooling, named, refused) => {
  expect(allowsNamedStatements(pooling)).toBe(named);
  expect(refusesTransactions(pooling)).toBe(refused);
});

test('without a pooler everything works, and in session mode all but replication', () => {
  const features = [...Object.keys(attempts), 'listen', 'notify', 'load', 'cancel'] as PoolingFeature[];
  for (const feature of features) {
    expect(poolingAllows({ poolMode: 'none', maxPreparedStatements: 0 }, feature)).toBe('yes');
    expect(poolingAllows({ poolMode: 'session', maxPreparedStatements: 0 }, feature)).toBe('yes');
  }
  expect(poolingAllows({ poolMode: 'session', maxPreparedStatements: 0 }, 'replication')).toBe('no');
});
