import { setTimeout } from 'node:timers/promises';
import { rejection, type Stand, startStand } from '@azure-pg/contract';
import { ownConnection, Pool } from '@azure-pg/pg';
import knex, { type Knex } from 'knex';
import { Model } from 'objection';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { AzureKnexClient, azureConnection } from '../src/index.ts';
import { takesPools } from './knex-version.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const opened: Knex[] = [];
const open = (connection: NonNullable<Knex.Config['connection']>, config: Knex.Config = {}): Knex => {
  const db = knex({ client: AzureKnexClient, connection, pool: { min: 0, max: 2 }, ...config });
  opened.push(db);
  return db;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((db) => db.destroy()));
});

const resolved = (db: Knex) => {
  const options = db.client.connectionSettings;
  return ownConnection({ Client: options.Client, options });
};

describe('what is given as connection', () => {
  const url =
    'postgresql://ada@db.example:6543/orders?hostaddr=10.0.0.1&pool_mode=transaction&auth=password&sslmode=verify-ca';
  const same = {
    hosts: [{ host: 'db.example', hostaddr: '10.0.0.1', port: 6543 }],
    user: 'ada',
    database: 'orders',
    tls: { mode: 'verify-ca' },
    pooling: { poolMode: 'transaction' },
  };

  test.each<[string, NonNullable<Knex.Config['connection']>]>([
    ['a URL, which Knex takes apart', url],
    ['a connection string among options', { connectionString: url }],
    ['what azureConnection gives', azureConnection(url)],
    [
      'options',
      azureConnection({
        host: 'db.example',
        hostaddr: '10.0.0.1',
        port: 6543,
        user: 'ada',
        database: 'orders',
        poolMode: 'transaction',
        sslmode: 'verify-ca',
      }),
    ],
    [
      'keywords and values',
      'host=db.example hostaddr=10.0.0.1 port=6543 user=ada dbname=orders pool_mode=transaction sslmode=verify-ca auth=password',
    ],
  ])('nothing of it is lost: %s', (_, connection) => {
    const db = open(connection);
    expect(resolved(db)).toMatchObject(same);
    const { host, database, user } = db.client.config.connection;
    expect({ host, database, user }).toEqual({ host: 'db.example', database: 'orders', user: 'ada' });
    expect(db.client.database()).toBe('orders');
  });

  test.each([
    'postgresql://my.postgres.database.azure.com/app',
    'postgresql://u%40x:p%40ss%25@localhost/db%20x',
    'postgresql:///db?host=/run/postgresql',
    'postgresql://my.postgres.database.azure.com',
    'postgresql://[::1]/db?options=-c%20geqo%3Doff',
  ])('of a URL, what is not in it is said by the environment: %s', (of) => {
    vi.stubEnv('PGUSER', 'from-env').stubEnv('PGPORT', '7777').stubEnv('PGDATABASE', 'db-from-env');
    const whole = resolved(open({ connectionString: of }));
    const taken = resolved(open(of));
    vi.unstubAllEnvs();
    expect(whole?.hosts[0]?.port).toBe(7777);
    for (const name of ['hosts', 'user', 'database', 'auth', 'pooling', 'startupParameters'] as const) {
      expect(taken?.[name]).toEqual(whole?.[name]);
    }
    expect(taken?.tls.mode).toBe(whole?.tls.mode);
  });

  test('several hosts', () => {
    const db = open(
      'postgresql://app@one.example:5432,two.example:5433/orders?target_session_attrs=read-write',
    );
    expect(resolved(db)).toMatchObject({
      hosts: [
        { host: 'one.example', port: 5432 },
        { host: 'two.example', port: 5433 },
      ],
    });
  });

  test.each(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'])(
    'sslmode=%s of a URL is that mode',
    (mode) => {
      const root = `&sslrootcert=${encodeURIComponent(stand.ordinary.ca.file)}`;
      const of = `postgresql://app:word@db.example/orders?sslmode=${mode}${mode.startsWith('verify') ? root : ''}`;
      expect(resolved(open(of))?.tls.mode).toBe(mode);
    },
  );

  test('an ssl of the program’s own is not loosened by a mode next to it', () => {
    const ssl = { servername: 'db.example' };
    expect(
      resolved(
        open({
          host: 'db.example',
          user: 'a',
          password: 'b',
          database: 'c',
          sslmode: 'require',
          ssl,
        } as Knex.PgConnectionConfig),
      )?.tls.mode,
    ).toBe('verify-full');
  });

  test('a wrong option is an error at once, with the setting', () => {
    expect(() => open({ connectionString: url, poolmode: 'x' } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING' }),
    );
  });

  test('what nothing can be read of is an error, and does not lead to localhost', async () => {
    const refused = { code: 'INVALID_SETTING', hint: 'Pass url.href.' };
    expect(() => open(new URL(url) as never)).toThrow(expect.objectContaining(refused));
    const db = open((async () => new URL(url)) as never);
    await expect(db.raw('select 1')).rejects.toMatchObject(refused);
  });

  test('a function is asked when a connection is opened, and again when it says so', async () => {
    let asked = 0;
    const db = open(async () => ({
      connectionString: stand.passwordUrl('direct'),
      expirationChecker: () => ++asked === 1,
    }));
    expect((await db.raw('select current_user as who')).rows).toEqual([{ who: 'app' }]);
    expect((await db.raw('select current_user as who')).rows).toEqual([{ who: 'app' }]);
    expect(resolved(db)?.user).toBe('app');
  });

  test('a client that is made without knex() takes a string, too', () => {
    const client = new AzureKnexClient({ client: 'pg', connection: url });
    expect(client.connectionSettings).toMatchObject({ host: 'db.example', database: 'orders' });
  });

  test('nothing: SQL is made, and nothing is connected', () => {
    expect(knex({ client: AzureKnexClient })('a').where({ b: 1 }).toString()).toBe(
      `select * from "a" where "b" = 1`,
    );
  });

  test.runIf(takesPools)('a pool of ours, whose owner ends it', async () => {
    const pool = new Pool(stand.passwordUrl('adversarial'));
    const db = knex({ client: AzureKnexClient, connectionPool: pool } as Knex.Config);
    expect((await db.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await db.destroy();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });
});

describe.each(['direct', 'pooled', 'adversarial'] as const)('%s', (route) => {
  const sleeping = async (mark: string): Promise<number> =>
    (
      await stand
        .emulatorOf(route)
        .query<{ n: number }>(
          `select count(*)::int as n from pg_stat_activity where query like '%' || $1 and pid <> pg_backend_pid() and state = 'active'`,
          [mark],
        )
    )[0]?.n as number;

  test('.timeout(…, { cancel: true }) ends its own query, and no other', async () => {
    const db = open(stand.passwordUrl(route));
    const other = db
      .raw(`select pg_sleep(1), 'kept' as text /* kept ${route} */`)
      .then(({ rows }) => rows[0].text);
    const error = await rejection(
      db.raw(`select pg_sleep(60) /* late ${route} */`).timeout(200, { cancel: true }),
    );
    expect(error).toMatchObject({ name: 'KnexTimeoutError' });
    while ((await sleeping(`/* late ${route} */`)) > 0) await setTimeout(20);
    expect(await other).toBe('kept');
    // The connection goes on, and meets no cancellation that was meant for the query before.
    for (let left = 10; left > 0; left--)
      expect((await db.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(db.client.pool.numUsed()).toBe(0);
  });

  test('a savepoint is rolled back alone', async () => {
    const db = open(stand.passwordUrl(route));
    const seen = await db.transaction(async (trx) => {
      await trx.raw('create temporary table knex_savepoint (n int) on commit drop');
      await trx('knex_savepoint').insert({ n: 1 });
      await rejection(
        trx.transaction(async (inner) => {
          await inner('knex_savepoint').insert({ n: 2 });
          throw new Error('mine');
        }),
      );
      return trx('knex_savepoint').pluck('n');
    });
    expect(seen).toEqual([1]);
  });

  test('a COMMIT that the server answers with ROLLBACK is reported', async () => {
    const db = open(stand.passwordUrl(route));
    const failing = async (trx: Knex.Transaction): Promise<void> => {
      await trx.raw('select 1 / 0').catch(() => {});
    };
    const refused = { message: expect.stringContaining('ROLLBACK') };
    await expect(db.transaction(failing)).rejects.toMatchObject(refused);
    const controlled = await db.transaction();
    await failing(controlled);
    await expect(controlled.commit()).rejects.toMatchObject(refused);
    expect((await db.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('a COMMIT that fails is reported to whoever asked for it', async () => {
    const table = `knex_commit_${route}`;
    await stand
      .emulatorOf(route)
      .query(
        `create table ${table} (id int, constraint ${table}_once unique (id) deferrable initially deferred); grant all on ${table} to app`,
      );
    const db = open(stand.passwordUrl(route));
    const controlled = async (...ids: number[]): Promise<Knex.Transaction> => {
      const trx = await db.transaction();
      await trx(table).insert(ids.map((id) => ({ id })));
      return trx;
    };
    await expect((await controlled(1, 1)).commit()).rejects.toMatchObject({ code: '23505' });
    await expect(
      db.transaction((trx) => {
        trx(table)
          .insert([{ id: 2 }, { id: 2 }])
          .then(trx.commit, trx.rollback);
      }),
    ).rejects.toMatchObject({ code: '23505' });
    const lost = await controlled(3);
    const [{ pid }] = (await lost.raw('select pg_backend_pid() as pid')).rows;
    await stand.emulatorOf(route).query('select pg_terminate_backend($1)', [pid]);
    await expect(lost.commit()).rejects.toBeInstanceOf(Error);
    await (await controlled(4)).commit();
    const rolled = await controlled(5);
    await rolled.rollback();
    expect(await db(table).pluck('id')).toEqual([4]);
  });

  test('a stream gives all rows; one that is left, and whose query fails, give their connections back', async () => {
    const db = open(stand.passwordUrl(route), { pool: { min: 0, max: 1 } });
    const rows: unknown[] = [];
    for await (const row of db.raw('select n from generate_series(1, 500) n').stream()) rows.push(row);
    expect(rows).toHaveLength(500);
    for await (const row of db.raw('select n from generate_series(1, 5000) n').stream()) {
      expect(row).toEqual({ n: 1 });
      break;
    }
    const closed = db.raw('select pg_sleep(0)').stream();
    closed.destroy();
    expect((await db.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await expect(
      (async () => {
        for await (const _ of db.raw('select 1 / (n - 300) as n from generate_series(1, 500) n').stream());
      })(),
    ).rejects.toMatchObject({ code: '22012' });
    expect((await db.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('Objection works', async () => {
    class Note extends Model {
      static override tableName = `objection_${route}`;
      declare id: number;
      declare text: string;
    }
    await stand.emulatorOf(route).query('grant create on schema public to app');
    const db = open(stand.passwordUrl(route));
    await db.schema.createTable(Note.tableName, (table) => {
      table.increments('id');
      table.string('text');
    });
    await Note.transaction(db, async (trx) => {
      await Note.query(trx).insert({ text: 'one' });
      await Note.query(trx).insert({ text: 'two' });
    });
    await Note.query(db).patch({ text: 'deux' }).where({ text: 'two' });
    expect(await Note.query(db).select('text').orderBy('id')).toEqual([{ text: 'one' }, { text: 'deux' }]);
    await expect(Note.query(db).insert({ id: 1, text: 'again' })).rejects.toMatchObject({
      nativeError: { code: '23505' },
    });
  });
});

describe('the pool', () => {
  test('a connection that the server ended while it was idle is not lent', async () => {
    const db = open(stand.passwordUrl('direct'), { pool: { min: 0, max: 1 }, log: { warn() {} } });
    const pid = async (): Promise<number> => (await db.raw('select pg_backend_pid() as pid')).rows[0].pid;
    const first = await pid();
    await stand.ordinary.query('select pg_terminate_backend($1)', [first]);
    await setTimeout(50);
    expect(await pid()).not.toBe(first);
  });

  test('nobody is lent a transaction that was left open', async () => {
    const db = open(stand.passwordUrl('direct'), { pool: { min: 0, max: 1 }, log: { warn() {} } });
    await db.raw('begin');
    expect(
      (
        await db.raw(
          'select pg_current_xact_id_if_assigned() is null as none, now() = statement_timestamp() as fresh',
        )
      ).rows,
    ).toEqual([{ none: true, fresh: true }]);
  });

  test('a connection goes back once, and not to two at a time', async () => {
    const db = open(stand.passwordUrl('direct'), { pool: { min: 0, max: 1 } });
    const inside: string[] = [];
    const transaction = (name: string): Promise<void> =>
      db.transaction(async (trx) => {
        inside.push(`${name} begins`);
        for (let left = 5; left > 0; left--) await trx.raw('select 1');
        inside.push(`${name} ends`);
      });
    const stream = db.raw('select n from generate_series(1, 10) n').stream();
    const read = (async () => {
      for await (const _ of stream);
    })();
    await Promise.all([read, transaction('a'), transaction('b')]);
    expect(inside).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  test('a query that is given up leaves its slot to the next, also while it runs on', async () => {
    const db = open(stand.passwordUrl('direct'), { pool: { min: 0, max: 1 }, log: { warn() {} } });
    const error = await rejection(db.raw('select pg_sleep(20)').timeout(100));
    expect(error).toMatchObject({ name: 'KnexTimeoutError' });
    const begun = performance.now();
    expect((await db.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('a pool that is full says so, and goes on', async () => {
    const db = open(stand.passwordUrl('direct'), {
      pool: { min: 0, max: 1 },
      acquireConnectionTimeout: 200,
      log: { warn() {} },
    });
    await db.transaction(async (trx) => {
      expect(await rejection(db.raw('select 1'))).toMatchObject({ name: 'KnexTimeoutError' });
      await trx.raw('select 1');
    });
    expect((await db.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('afterCreate has the connection, and one for which it fails is closed', async () => {
    const url = `${stand.passwordUrl('direct')}&application_name=knex-after-create`;
    const fails = [true, false];
    const afterCreate = (
      connection: { query(text: string, done: unknown): void },
      done: (error?: Error) => void,
    ): void => connection.query(fails.shift() ? 'select 1 / 0' : `set datestyle = 'German'`, done);
    const db = open(url, { pool: { min: 0, max: 1, afterCreate }, log: { warn() {} } });
    await expect(db.raw('select 1')).rejects.toMatchObject({ code: '22012' });
    expect((await db.raw('show datestyle')).rows).toEqual([{ DateStyle: 'German, DMY' }]);
    await expect
      .poll(() =>
        stand.ordinary.query(`select 1 from pg_stat_activity where application_name = 'knex-after-create'`),
      )
      .toHaveLength(1);
  });

  test('what fails after connecting leaves no connection open', async () => {
    const db = open(stand.passwordUrl('direct'), { searchPath: 7 as never, log: { warn() {} } });
    const mark = 'knex-left-open';
    const name = open(
      { connectionString: `${stand.passwordUrl('direct')}&application_name=${mark}` },
      { searchPath: 7 as never, log: { warn() {} } },
    );
    await rejection(db.raw('select 1'));
    await rejection(name.raw('select 1'));
    await expect
      .poll(() => stand.ordinary.query('select 1 from pg_stat_activity where application_name = $1', [mark]))
      .toEqual([]);
  });

  test('searchPath is of the session, which a pooler does not keep', async () => {
    const direct = open(stand.passwordUrl('direct'), { searchPath: ['pg_catalog', 'public'] });
    expect((await direct.raw('show search_path')).rows).toEqual([{ search_path: 'pg_catalog, public' }]);
    const pooled = open(stand.passwordUrl('pooled', { session_features: 'error' }), {
      searchPath: ['pg_catalog'],
      log: { warn() {} },
    });
    await expect(pooled.raw('select 1')).rejects.toMatchObject({ code: 'POOLER_UNSUPPORTED' });
  });

  test('it can be destroyed and initialized again', async () => {
    const db = open(stand.passwordUrl('direct'));
    await db.raw('select 1');
    await db.destroy();
    db.initialize();
    expect((await db.raw('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('for Azure it keeps no idle connections; what the program says wins', () => {
    const pool = (config: Knex.Config): { min: number; max: number; idleTimeoutMillis: number } =>
      open('postgresql://my.postgres.database.azure.com/app', config).client.pool;
    expect(pool({ pool: {} })).toMatchObject({ min: 0, max: 10, idleTimeoutMillis: 60_000 });
    expect(pool({ pool: { min: 1, max: 3, idleTimeoutMillis: 5 } })).toMatchObject({
      min: 1,
      max: 3,
      idleTimeoutMillis: 5,
    });
    expect(open('postgresql://localhost/app', { pool: {} }).client.pool).toMatchObject({
      min: 2,
      max: 10,
      idleTimeoutMillis: 30_000,
    });
  });
});
