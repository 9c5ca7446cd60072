import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool, poolConfig } from '@azure-pg/pg';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { adversarial: true } });
  Object.assign(process.env, emulator.env);
  await emulator.query('create table kept (who text unique deferrable initially deferred)');
  await emulator.query('grant all on kept to public');
});
afterAll(() => emulator.stop());
beforeEach(() => emulator.query('truncate kept'));

const warnings: string[] = [];
const kept = async (): Promise<string[]> =>
  (await emulator.query('select who from kept order by who')).map(({ who }) => who as string);
const bare = (config: pg.PoolConfig = {}): pg.Pool => {
  const { host, port, user, password } = emulator.postgres;
  return new pg.Pool({
    host,
    port,
    user,
    password,
    database: 'postgres',
    ssl: { ca: emulator.ca.pem },
    ...config,
  });
};

/** A transaction as everybody writes it. */
async function transaction(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<unknown>,
): Promise<unknown> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
const slow = (client: pg.PoolClient): Promise<unknown> => client.query('select pg_sleep(1.2)');

it('with pg an insert is reported and lost, so that this is worth a test', async () => {
  const pool = bare({ max: 1, query_timeout: 400 });
  await expect(transaction(pool, slow)).rejects.toThrow('Query read timeout');
  await new Promise((resolve) => setTimeout(resolve, 800));
  await pool.query("insert into kept values ('reported')");
  await pool.end();
  expect(await kept()).toEqual([]);
});

const routes: Record<string, () => string> = {
  directly: () => emulator.postgres.url,
  'through a pooler': () => emulator.pooledUrl,
};
const pools: Record<string, (url: string, more?: object) => pg.Pool> = {
  Pool: (connectionString, more) => new Pool({ connectionString, max: 1, ...more }),
  'pg.Pool with poolConfig()': (url, more) => new pg.Pool(poolConfig(url, { max: 1, ...more })),
};
const cells = Object.keys(routes).flatMap((route) =>
  Object.keys(pools).map((kind) => [kind, route] as const),
);

describe.each(cells)('%s %s', (kind, route) => {
  const open = (more: object = {}): pg.Pool => {
    const pool = pools[kind]?.(routes[route]?.() ?? '', more) as pg.Pool;
    pool.on('error', () => {});
    return pool;
  };
  const pid = async (pool: pg.Pool): Promise<unknown> => {
    const client = await pool.connect();
    const { processID } = client as unknown as { processID: number };
    client.release();
    return processID;
  };

  it('takes back a new client at once, in the callback of its connecting', async () => {
    const pool = open();
    await new Promise<void>((resolve, reject) => {
      pool.connect((error, _client, done) => {
        done();
        if (error) reject(error);
        else resolve();
      });
    });
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('lends no client again whose query timed out inside a transaction', async () => {
    const pool = open({ query_timeout: 400 });
    const lost = transaction(pool, async (client) => {
      await client.query("insert into kept values ('lost')");
      await slow(client);
    });
    await expect(lost).rejects.toThrow('Query read timeout');
    await pool.query("insert into kept values ('reported')");
    expect(await kept()).toEqual(['reported']);
    await pool.end();
  });

  it('nor one whose COMMIT timed out, which is not reported as done', async () => {
    const pool = open({ query_timeout: 400 });
    await using lock = await locked();
    const client = await pool.connect();
    await client.query('begin');
    // The constraint is looked at by COMMIT, which then waits for the one who has the same row uncommitted.
    await client.query("insert into kept values ('same')");
    await expect(client.query('commit')).rejects.toThrow('Query read timeout');
    client.release();
    await pool.query("insert into kept values ('reported')");
    await lock.commit();
    expect(await kept()).toEqual(['reported', 'same']);
    await pool.end();
  });

  it('nor one that is inside a transaction, however it came back', async () => {
    const pool = open({ logger: { warn: (text: string) => void warnings.push(text) } });
    const left: (() => Promise<unknown>)[] = [
      () => pool.query('begin'),
      () => pool.query("begin; insert into kept values ('left')"),
      async () => {
        const client = await pool.connect();
        await client.query("begin; insert into kept values ('left')");
        client.release();
      },
      async () => {
        const client = await pool.connect();
        await client.query('begin');
        await client.query('select 1/0').catch(() => {});
        client.release();
      },
      async () => {
        const client = await pool.connect();
        client.query('begin');
        client.query("insert into kept values ('left')");
        client.release();
      },
    ];
    for (const [index, leave] of left.entries()) {
      await leave();
      await pool.query('insert into kept values ($1)', [`${index}`]);
    }
    expect(await kept()).toEqual(left.map((_, index) => `${index}`));
    expect(pool.totalCount).toBe(1);
    await pool.end();
    // Once per process.
    expect(warnings).toEqual([expect.stringMatching(/inside a transaction.*COMMIT or ROLLBACK/)]);
  });

  it('waits for queries that were not waited for, and answers them', async () => {
    const pool = open();
    const client = await pool.connect();
    const before = (client as unknown as { processID: number }).processID;
    const answers = [
      client.query("insert into kept values ('first') returning who"),
      client.query('select pg_sleep(0.2)'),
      client.query("insert into kept values ('last') returning who"),
    ];
    client.release();
    expect(() => client.release()).toThrow('already been released');
    expect(pool.idleCount).toBe(0);
    const next = pool.query("insert into kept values ('next')");
    expect((await Promise.all(answers)).map(({ rowCount }) => rowCount)).toEqual([1, 1, 1]);
    await next;
    expect(await kept()).toEqual(['first', 'last', 'next']);
    expect(await pid(pool)).toBe(before);
    await pool.end();
  });

  it('takes a client back at once where there is nothing to wait for', async () => {
    const pool = open();
    const client = await pool.connect();
    await client.query('begin; select 1; commit');
    await client.query('select 1/0').catch(() => {});
    await client.query('select 1');
    client.release();
    expect([pool.idleCount, pool.totalCount]).toEqual([1, 1]);
    expect(() => client.release()).toThrow('already been released');
    const told = await pool.connect();
    expect(told).toBe(client);
    told.release(true);
    expect(pool.totalCount).toBe(0);
    await pool.end();
  });

  it('takes a client back in the callback of its query', async () => {
    const pool = open();
    for (const text of ['select 1', 'select 1/0', "insert into kept values ('here')"]) {
      await new Promise<void>((resolve) => {
        pool.connect((_error, client, release) => {
          client?.query(text, () => {
            release();
            resolve();
          });
        });
      });
    }
    await pool.query("insert into kept values ('reported')");
    expect(await kept()).toEqual(['here', 'reported']);
    await pool.end();
  });

  it('closes a client whose cursor nobody reads on', async () => {
    const pool = open();
    const client = await pool.connect();
    const cursor = client.query(new Cursor('select n from generate_series(1, 100) n'));
    expect(await cursor.read(2)).toHaveLength(2);
    client.release();
    await pool.query("insert into kept values ('reported')");
    expect(await kept()).toEqual(['reported']);
    await pool.end();
  });

  it('gives the place free of a client whose connection breaks while it waits', async () => {
    const pool = open();
    const client = await pool.connect();
    const { rows } = await client
      .query('begin; select pg_backend_pid() as pid')
      .then((all) => (all as unknown as pg.QueryResult[])[1] as pg.QueryResult);
    const sleeping = expect(client.query('select pg_sleep(30)')).rejects.toThrow();
    client.release();
    await emulator.query('select pg_terminate_backend($1)', [rows[0].pid]);
    await sleeping;
    await pool.query("insert into kept values ('reported')");
    expect(await kept()).toEqual(['reported']);
    await pool.end();
  });
});

/** Holds the same row, uncommitted, until it is told to commit. */
async function locked(): Promise<AsyncDisposable & { commit(): Promise<unknown> }> {
  const pool = bare({ max: 1 });
  const client = await pool.connect();
  await client.query("begin; insert into kept values ('same')");
  return {
    commit: () => client.query('commit'),
    async [Symbol.asyncDispose]() {
      client.release();
      await pool.end();
    },
  };
}
