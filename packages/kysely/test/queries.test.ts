import { type Stand, startStand } from '@azure-pg/contract';
import { Pool, poolConfig } from '@azure-pg/pg';
import postgres from '@azure-pg/postgresjs';
import { CamelCasePlugin, type CompiledQuery, type Dialect, Kysely, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AzurePostgresDialect as OverPg } from '../src/index.ts';
import { AzurePostgresDialect as OverPostgresJs } from '../src/postgres-js.ts';
import { entries, oldest } from './entries.ts';

interface Database {
  'shop.item': { id: number; item_name: string };
  item: { id: number; itemName: string };
}

let stand: Stand;
const open: Kysely<Database>[] = [];
beforeAll(async () => {
  stand = await startStand();
  const tables = `create schema shop; create table shop.item (id int primary key, item_name text);
    create schema store; create table store.item (id int primary key, item_name text);
    create table shop.child (id int primary key, item int references shop.item deferrable initially deferred);
    grant all on schema shop, store to public; grant all on shop.child to public; grant all on shop.item, store.item to public`;
  await Promise.all([stand.ordinary, stand.adversarial].map((emulator) => emulator.query(tables)));
});
afterAll(() => stand.stop());
afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.destroy()));
});
const over = (dialect: Dialect): Kysely<Database> => {
  const db = new Kysely<Database>({ dialect, plugins: [] });
  open.push(db);
  return db;
};

describe.each(entries)('over %s', (name, dialectFor) => {
  describe.each(['direct', 'adversarial'] as const)('%s', (route) => {
    const connect = (max?: number): Kysely<Database> => over(dialectFor(stand.passwordUrl(route), max));
    const running = async (mark: string): Promise<number> => {
      const text = `select 1 from pg_stat_activity where state = 'active' and query like '%${mark}%' and pid <> pg_backend_pid()`;
      return (await stand.emulatorOf(route).query(text)).length;
    };

    test('streams, and can be left half-way', async () => {
      const db = connect(1);
      const seen: number[] = [];
      const rows = sql<{ n: number }>`select n from generate_series(1, 1000) n`.compile(db);
      for await (const { rows: part } of db.getExecutor().stream<{ n: number }>(rows, 100)) {
        seen.push(...part.map(({ n }) => n));
      }
      expect(seen).toHaveLength(1000);
      for await (const _part of db.getExecutor().stream(rows, 10)) break;
      expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    });

    test('ends right after a stream', async () => {
      const db = connect(1);
      const rows = sql<{ n: number }>`select n from generate_series(1, 1000) n`.compile(db);
      let count = 0;
      for await (const { rows: part } of db.getExecutor().stream(rows, 100)) count += part.length;
      await db.destroy();
      expect(count).toBe(1000);
    });

    // Without a pooler kysely-postgres-js ends sessions by itself, as ever.
    const alone = name === 'postgres.js' && route === 'direct';
    test
      .skipIf(oldest)
      .each(alone ? (['cancel query'] as const) : (['cancel query', 'kill session'] as const))(
      'an aborted query ends on the server: %s',
      async (inflightQueryAbortStrategy) => {
        const db = connect(1);
        const mark = `${inflightQueryAbortStrategy} ${route} ${name}`;
        const query = sql`select ${sql.lit(mark)}, pg_sleep(60)`.compile(db) as CompiledQuery<unknown>;
        const controller = new AbortController();
        const options = { signal: controller.signal, inflightQueryAbortStrategy };
        const aborted = expect(db.executeQuery(query, options)).rejects.toThrow('enough');
        while ((await running(mark)) === 0);
        controller.abort(new Error('enough'));
        await aborted;
        while ((await running(mark)) > 0);
        // The one connection of the pool is of use again.
        expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
        expect((await sql`select 2 as two`.execute(db)).rows).toEqual([{ two: 2 }]);
      },
    );

    test('every query that waits when it is destroyed is answered, by a row or the reason', async () => {
      const db = new Kysely<Database>({ dialect: dialectFor(stand.passwordUrl(route), 2) });
      await sql`select 1`.execute(db);
      const queries = Array.from({ length: 30 }, (_, id) =>
        db
          .insertInto('shop.item')
          .values({ id: 100 + id, item_name: 'waited' })
          .execute(),
      );
      const ends = Promise.allSettled(queries);
      await db.destroy();
      const done = (await ends).filter(({ status }) => status === 'fulfilled').length;
      const text = "delete from shop.item where item_name = 'waited' returning id";
      expect(await stand.emulatorOf(route).query(text)).toHaveLength(done);
    });

    test('a COMMIT that fails frees its connection, also where nobody rolls back', async () => {
      const db = connect(1);
      const emulator = stand.emulatorOf(route);
      const parent = (id: number) => sql`insert into shop.child values (${id}, ${id})`;
      for (let round = 0; round < 3; round++) {
        const transaction = await db.startTransaction().execute();
        await parent(round).execute(transaction);
        await expect(transaction.commit().execute()).rejects.toMatchObject({ code: '23503' });
        expect(transaction.isCommitted).toBe(false);
        await expect(parent(100).execute(transaction)).rejects.toThrow();
        if (round === 1) await transaction.rollback().execute();
        if (round === 2) await expect(transaction.commit().execute()).rejects.toThrow();
        expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
      }
      await expect(
        db.transaction().execute(async (transaction) => void (await parent(9).execute(transaction))),
      ).rejects.toMatchObject({ code: '23503' });
      // What comes after it is another caller's transaction, and whole.
      await db.transaction().execute(async (transaction) => {
        await sql`insert into shop.item values (50, 'kept')`.execute(transaction);
        await sql`insert into shop.child values (50, 50)`.execute(transaction);
      });
      expect(await emulator.query('delete from shop.child returning id')).toEqual([{ id: 50 }]);
      await emulator.query('delete from shop.item');
    });

    test.skipIf(oldest)('an abort cancels no other caller’s query', async () => {
      const db = connect(2);
      const ends: unknown[] = [];
      const innocent = async (): Promise<void> => {
        for (let n = 0; n < 75; n++) {
          await sql`select pg_sleep(0.002)`.execute(db).then(
            () => ends.push('row'),
            (error) => ends.push(error),
          );
        }
      };
      let going = true;
      const guilty = async (): Promise<void> => {
        for (let n = 0; going; n++) {
          const controller = new AbortController();
          const options = { signal: controller.signal, inflightQueryAbortStrategy: 'cancel query' as const };
          const query = sql`select pg_sleep(0.004)`.compile(db) as CompiledQuery<unknown>;
          const aborted = db.executeQuery(query, options).catch(() => {});
          // About when the query ends by itself.
          setTimeout(() => controller.abort(new Error('enough')), 2 + (n % 4));
          await aborted;
        }
      };
      const others = [guilty(), guilty()];
      await Promise.all([innocent(), innocent(), innocent(), innocent()]);
      going = false;
      await Promise.all(others);
      expect(ends.filter((end) => end !== 'row')).toEqual([]);
      expect(ends).toHaveLength(300);
    });

    test('savepoints and controlled transactions', async () => {
      const db = connect();
      const insert = (id: number) => ({ id, item_name: `${id}` });
      const transaction = await db.startTransaction().execute();
      await transaction.insertInto('shop.item').values(insert(1)).execute();
      const saved = await transaction.savepoint('before').execute();
      await saved.insertInto('shop.item').values(insert(2)).execute();
      await saved.rollbackToSavepoint('before').execute();
      await transaction.insertInto('shop.item').values(insert(3)).execute();
      await transaction.commit().execute();
      const rows = await db.selectFrom('shop.item').select('id').orderBy('id').execute();
      expect(rows).toEqual([{ id: 1 }, { id: 3 }]);
      const { numDeletedRows } = await db.deleteFrom('shop.item').executeTakeFirstOrThrow();
      expect(numDeletedRows).toBe(2n);
    });

    test('schemas, plugins and introspection', async () => {
      const db = connect().withPlugin(new CamelCasePlugin());
      await db.withSchema('store').insertInto('item').values({ id: 7, itemName: 'seven' }).execute();
      const rows = await db.withSchema('store').selectFrom('item').selectAll().execute();
      expect(rows).toEqual([{ id: 7, itemName: 'seven' }]);
      await db.withSchema('store').deleteFrom('item').execute();
      const tables = await connect().introspection.getTables();
      expect(tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual(
        expect.arrayContaining(['shop.item', 'store.item']),
      );
    });
  });

  test('a bad option is refused when the dialect is made', () => {
    expect(() => dialectFor('postgres://localhost/app?sslmod=require')).toThrow(/sslmod/);
  });
});

describe('what is there already', () => {
  const answer = async (dialect: Dialect): Promise<unknown> =>
    (await sql`select 1 as one`.execute(over(dialect))).rows;

  test("a pool, its options in another's, a function, and pg's own pool", async () => {
    const url = stand.passwordUrl('direct');
    const { host, port, user, password } = stand.ordinary.postgres;
    const plain = { host, port, user, password, database: 'postgres', ssl: { ca: stand.ordinary.ca.pem } };
    for (const pool of [
      new Pool(url),
      async () => new Pool(url),
      new pg.Pool(poolConfig(url)),
      new pg.Pool(plain),
    ]) {
      expect(await answer(new OverPg({ pool: pool as Pool }))).toEqual([{ one: 1 }]);
    }
  });

  test('an instance, and a function that gives one', async () => {
    const url = stand.passwordUrl('direct');
    expect(await answer(new OverPostgresJs({ postgres: postgres(url) }))).toEqual([{ one: 1 }]);
    expect(await answer(new OverPostgresJs({ postgres: async () => postgres(url) }))).toEqual([{ one: 1 }]);
  });

  test('no option may be given with it', () => {
    const pool = new Pool('postgres://localhost/app');
    expect(() => new OverPg({ pool, max: 3 })).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }));
    const instance = postgres('postgres://localhost/app');
    expect(() => new OverPostgresJs({ postgres: instance, max: 3 })).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING' }),
    );
  });

  test('Kysely’s own settings of the dialect are kept', async () => {
    const reserved: string[] = [];
    const note = async (): Promise<void> => void reserved.push('reserved');
    await answer(new OverPg({ connectionString: stand.passwordUrl('direct'), onReserveConnection: note }));
    expect(reserved).toEqual(['reserved']);
  });
});
