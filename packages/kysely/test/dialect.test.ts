import { type Stand, startStand } from '@azure-pg/contract';
import { AzurePgError, directConfig, Pool } from '@azure-pg/pg';
import postgres from '@azure-pg/postgresjs';
import { type Dialect, Kysely, PostgresDialect, PostgresDriver, sql } from 'kysely';
import { PostgresJSDialect, PostgresJSDriver } from 'kysely-postgres-js';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { AzurePostgresDialect as OverPg } from '../src/index.ts';
import { AzurePostgresDialect as OverPostgresJs } from '../src/postgres-js.ts';
import { entries, oldest } from './entries.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const open: Kysely<unknown>[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.destroy()));
});
function over(dialect: Dialect): Kysely<unknown> {
  const db = new Kysely<unknown>({ dialect });
  open.push(db);
  return db;
}
const one = async (db: Kysely<unknown>): Promise<unknown> => (await sql`select 1 as one`.execute(db)).rows;
const ones = [{ one: 1 }];
const backend = async (db: Kysely<unknown>): Promise<number | undefined> =>
  (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]?.pid;

test('the dialects are those of Kysely and of kysely-postgres-js, and so are their drivers', () => {
  const overPg = new OverPg('postgres://localhost/app');
  expect(overPg).toBeInstanceOf(PostgresDialect);
  expect(overPg.createDriver()).toBeInstanceOf(PostgresDriver);
  const overPostgresJs = new OverPostgresJs('postgres://localhost/app');
  expect(overPostgresJs).toBeInstanceOf(PostgresJSDialect);
  expect(overPostgresJs.createDriver()).toBeInstanceOf(PostgresJSDriver);
});

describe.each(entries)('over %s', (name, dialectFor) => {
  /** The dialect over a function that makes its pool or instance, which is counted. */
  const factory = (): { dialect: Dialect; made: () => number } => {
    let made = 0;
    const url = stand.passwordUrl('adversarial');
    const count = async <T>(source: T): Promise<T> => {
      made++;
      return source;
    };
    const dialect =
      name === 'pg'
        ? new OverPg({ pool: () => count(new Pool(url)) })
        : new OverPostgresJs({ postgres: () => count(postgres(url, { max: 2 })) });
    return { dialect, made: () => made };
  };

  test('destroy() of what was never used contacts nobody, and what was destroyed refuses', async () => {
    const unused = new Kysely<unknown>({ dialect: dialectFor('postgres://ada@127.0.0.1:1/app') });
    await unused.destroy();
    const db = new Kysely<unknown>({ dialect: dialectFor(stand.passwordUrl('direct')) });
    expect(await one(db)).toEqual(ones);
    await Promise.all([db.destroy(), db.destroy()]);
    await expect(one(db)).rejects.toThrow('destroyed');
  });

  test('two Kyselys over one dialect have a pool each, so that destroying one does not end the other’s', async () => {
    const dialect = dialectFor(stand.passwordUrl('adversarial'), 1);
    for (let round = 0; round < 2; round++) {
      const [first, second] = [new Kysely<unknown>({ dialect }), new Kysely<unknown>({ dialect })];
      expect(await Promise.all([one(first), one(second)])).toEqual([ones, ones]);
      await first.destroy();
      expect(await one(second)).toEqual(ones);
      await second.destroy();
    }
  });

  test('a pool or instance that is there already is shared, and ends with the first, as with Kysely’s own', async () => {
    const url = stand.passwordUrl('direct');
    const dialect =
      name === 'pg' ? new OverPg({ pool: new Pool(url) }) : new OverPostgresJs({ postgres: postgres(url) });
    const [first, second] = [new Kysely<unknown>({ dialect }), new Kysely<unknown>({ dialect })];
    expect(await Promise.all([one(first), one(second)])).toEqual([ones, ones]);
    await first.destroy();
    await expect(one(second)).rejects.toThrow();
    await second.destroy().catch(() => {});
  });

  test('a function that gives the pool is called at the first query, once for each Kysely', async () => {
    const { dialect, made } = factory();
    const [first, second] = [over(dialect), over(dialect)];
    expect(made()).toBe(0);
    await Promise.all([one(first), one(first), one(first)]);
    expect(made()).toBe(1);
    expect(await one(second)).toEqual(ones);
    expect(made()).toBe(2);
    await first.destroy();
    expect(await one(second)).toEqual(ones);
  });

  test('a function that fails is called again by the next query', async () => {
    let calls = 0;
    const url = stand.passwordUrl('direct');
    const fail = async <T>(source: () => T): Promise<T> => {
      if (calls++ === 0) throw new Error('not yet');
      return source();
    };
    const db = over(
      name === 'pg'
        ? new OverPg({ pool: () => fail(() => new Pool(url)) })
        : new OverPostgresJs({ postgres: () => fail(() => postgres(url)) }),
    );
    await expect(one(db)).rejects.toThrow('not yet');
    expect(await one(db)).toEqual(ones);
  });

  test('Kysely’s hooks see every connection', async () => {
    const seen: string[] = [];
    const hook = (what: string) => async (): Promise<void> => void seen.push(what);
    const url = stand.passwordUrl('adversarial');
    const onReserveConnection = hook('reserved');
    const db = over(
      name === 'pg'
        ? new OverPg({
            connectionString: url,
            max: 1,
            onCreateConnection: hook('created'),
            onReserveConnection,
          })
        : new OverPostgresJs({ url, max: 1, onReserveConnection }),
    );
    await one(db);
    await one(db);
    expect(seen).toEqual([...(name === 'pg' ? ['created'] : []), 'reserved', 'reserved']);
  });

  test('db.connection() keeps its session, and gives it back', async () => {
    const db = over(dialectFor(stand.passwordUrl('direct'), 2));
    const pids = await db.connection().execute(async (connection) => {
      expect(await one(db)).toEqual(ones);
      return [await backend(connection), await backend(connection)];
    });
    expect(new Set(pids).size).toBe(1);
    await Promise.all([1, 2, 3].map(() => backend(db)));
  });

  test('queries, transactions and streams are logged', async () => {
    for (const route of ['direct', 'adversarial'] as const) {
      const logged: string[] = [];
      const db = new Kysely<unknown>({
        dialect: dialectFor(stand.passwordUrl(route), 1),
        log: ({ level, query }) => void logged.push(`${level} ${query.sql}`),
      });
      open.push(db);
      await one(db);
      await db.transaction().execute(one);
      for await (const _ of db.getExecutor().stream(sql`select 2`.compile(db), 1));
      await expect(sql`select nothing`.execute(db)).rejects.toMatchObject({ code: '42703' });
      expect(logged).toEqual([
        'query select 1 as one',
        'query begin',
        'query select 1 as one',
        'query commit',
        'query select 2',
        'error select nothing',
      ]);
    }
  });

  test('Symbol.asyncDispose destroys', async () => {
    const db = new Kysely<unknown>({ dialect: dialectFor(stand.passwordUrl('direct')) });
    expect(await one(db)).toEqual(ones);
    const dispose = (Symbol as unknown as { asyncDispose: symbol }).asyncDispose as keyof typeof db;
    await (db[dispose] as () => Promise<void>).call(db);
    await expect(one(db)).rejects.toThrow('destroyed');
  });
});

test('what cannot be options is refused, instead of going to wherever the environment says', () => {
  const url = new URL('postgres://localhost/app');
  for (const given of [url, Promise.resolve(url), () => url, 5]) {
    expect(() => new OverPg(given as never)).toThrow(AzurePgError);
    expect(() => new OverPostgresJs(given as never)).toThrow(AzurePgError);
  }
});

describe('pools', () => {
  test('the config of a pool past the pooler stays past it', async () => {
    const pooled = new Pool(stand.passwordUrl('adversarial'));
    const direct = over(new OverPg(directConfig(pooled.options)));
    await stand.adversarial.pgbouncer?.stop();
    expect(await one(direct)).toEqual(ones);
    await stand.adversarial.pgbouncer?.start();
    await pooled.end();
  });

  test.skipIf(oldest)(
    'who listens to the pool hears of a session that was killed; nobody is warned of it',
    async () => {
      for (const listens of [true, false]) {
        const warned: Error[] = [];
        const listen = (warning: Error): void => void warned.push(warning);
        process.on('warning', listen);
        const pool = new Pool({ connectionString: stand.passwordUrl('direct'), max: 1 });
        const heard: Error[] = [];
        if (listens) pool.on('error', (error) => heard.push(error));
        // Another client of pg's, which could not sign in with a token: for pools of ours it is not asked.
        const db = over(new OverPg({ pool, controlClient: pg.Client as never }));
        const controller = new AbortController();
        const query = sql`select pg_sleep(62)`.compile(db);
        const options = { signal: controller.signal, inflightQueryAbortStrategy: 'kill session' } as const;
        const aborted = expect(db.executeQuery(query, options)).rejects.toThrow('enough');
        const asleep =
          "select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(62)'";
        await vi.waitFor(async () => expect(await stand.ordinary.query(asleep)).toHaveLength(1));
        controller.abort(new Error('enough'));
        await aborted;
        await vi.waitFor(async () => expect(await stand.ordinary.query(asleep)).toHaveLength(0));
        expect(await one(db)).toEqual(ones);
        expect(heard.length > 0).toBe(listens);
        expect(warned).toEqual([]);
        process.off('warning', listen);
      }
    },
  );

  test('an idle connection that breaks is replaced, and who listens to the pool’s error event hears of it', async () => {
    const pool = new Pool({ connectionString: stand.passwordUrl('direct'), max: 1 });
    const heard = new Promise<Error>((resolve) => pool.once('error', resolve));
    const db = over(new OverPg({ pool }));
    await stand.ordinary.query(`select pg_terminate_backend(${await backend(db)})`);
    expect(await heard).toMatchObject({ code: '57P01' });
    expect(await one(db)).toEqual(ones);
  });

  test('of others are warned of once, and work as with Kysely’s own dialect', async () => {
    const warned: string[] = [];
    const listen = (warning: Error): void => void warned.push(warning.message);
    process.on('warning', listen);
    const { host, port, user, password } = stand.ordinary.postgres;
    const plain = { host, port, user, password, database: 'postgres', ssl: { ca: stand.ordinary.ca.pem } };
    try {
      const dbs = [1, 2].map(() => over(new OverPg({ pool: new pg.Pool(plain) })));
      for (const db of dbs) expect(await one(db)).toEqual(ones);
      const [db] = dbs as [Kysely<unknown>];
      // The streams of Kysely’s own dialect would need a cursor.
      for await (const { rows } of db.getExecutor().stream(sql`select 1 as one`.compile(db), 1)) {
        expect(rows).toEqual(ones);
      }
      if (!oldest) {
        const controller = new AbortController();
        const options = { signal: controller.signal, inflightQueryAbortStrategy: 'cancel query' } as const;
        const query = sql`select pg_sleep(61)`.compile(db);
        const aborted = expect(db.executeQuery(query, options)).rejects.toThrow('enough');
        const asleep =
          "select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(61)'";
        while ((await stand.ordinary.query(asleep)).length === 0);
        controller.abort(new Error('enough'));
        await aborted;
        while ((await stand.ordinary.query(asleep)).length > 0);
      }
      const foreign = warned.filter((message) => message.includes('did not make'));
      expect(foreign).toEqual([expect.stringContaining('@azure-pg/pg')]);
    } finally {
      process.off('warning', listen);
    }
  });
});
