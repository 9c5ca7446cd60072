import { type Stand, startStand } from '@azure-pg/contract';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { AzurePostgresDialect } from '../src/index.ts';
import { entries, oldest } from './entries.ts';

type Database = Record<string, Record<string, unknown>>;
type Steps = Record<string, Migration>;

let stand: Stand;
const open: Kysely<Database>[] = [];
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());
afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.destroy()));
  await stand.adversarial.query('drop table if exists pet, kysely_migration, kysely_migration_lock, place');
  await stand.ordinary.query('drop table if exists pet, kysely_migration, kysely_migration_lock, place');
});

const locks = async (): Promise<number> => {
  const rows = await stand.adversarial.query<{ n: number }>(
    "select count(*)::int n from pg_locks where locktype = 'advisory'",
  );
  return rows[0]?.n ?? -1;
};

const migratorOf = (db: Kysely<Database>, steps: Steps): Migrator =>
  new Migrator({ db: db as Kysely<unknown>, provider: { getMigrations: async () => steps } });

const createPet: Steps = {
  '1': {
    async up(db) {
      await sql`create table pet (id int primary key)`.execute(db);
    },
    async down(db) {
      await sql`drop table pet`.execute(db);
    },
  },
};

describe.each(entries)('migrations over %s', (_name, dialectFor) => {
  const connect = (parameters: Record<string, string> = {}, max?: number): Kysely<Database> => {
    const url = stand.passwordUrl('adversarial', parameters);
    const db = new Kysely<Database>({ dialect: dialectFor(url, max) });
    open.push(db);
    return db;
  };

  test('run past the pooler, leave no lock behind, and a second run does not hang', async () => {
    const { error, results } = await migratorOf(connect({}, 1), createPet).migrateToLatest();
    expect(error).toBeUndefined();
    expect(results?.map(({ status }) => status)).toEqual(['Success']);
    expect(await locks()).toBe(0);
    const again = await migratorOf(connect(), createPet).migrateToLatest();
    expect(again).toEqual({ results: [] });
    const down = await migratorOf(connect(), createPet).migrateDown();
    expect(down.results?.map(({ status }) => status)).toEqual(['Success']);
    expect(await locks()).toBe(0);
  });

  test('keep what belongs to a session, without transactions', async () => {
    const steps: Steps = {
      '1': {
        async up(db) {
          await sql`set my.mark = 'kept'`.execute(db);
          await sql`create temporary table note (n int)`.execute(db);
          await sql`create table pet (id int primary key)`.execute(db);
          await sql`create index concurrently pet_id on pet (id)`.execute(db);
          await sql`insert into note values (1)`.execute(db);
          await sql`create table place as select current_setting('my.mark') as mark, n from note`.execute(db);
        },
      },
    };
    const db = connect();
    const migrator = new Migrator({
      db: db as Kysely<unknown>,
      provider: { getMigrations: async () => steps },
      disableTransactions: true,
    });
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
    expect(await db.selectFrom('place').selectAll().execute()).toEqual([{ mark: 'kept', n: 1 }]);
    expect(await locks()).toBe(0);
  });

  test('of two migrators one waits for the other', async () => {
    let running = 0;
    let most = 0;
    const steps: Steps = {
      '1': {
        async up(db) {
          most = Math.max(most, ++running);
          await sql`create table pet (id int primary key)`.execute(db);
          await sql`select pg_sleep(0.2)`.execute(db);
          running--;
        },
      },
    };
    const runs = await Promise.all(
      [connect(), connect(), connect()].map((db) => migratorOf(db, steps).migrateToLatest()),
    );
    expect(runs.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(runs.flatMap(({ results = [] }) => results)).toHaveLength(1);
    expect(most).toBe(1);
    expect(await locks()).toBe(0);
  });

  test('a failed one rolls back, says why, and leaves no lock', async () => {
    const steps: Steps = {
      '1': {
        async up(db) {
          await sql`create table pet (id int primary key)`.execute(db);
          await sql`select 1 / 0`.execute(db);
        },
      },
    };
    const db = connect();
    const { error, results } = await migratorOf(db, steps).migrateToLatest();
    expect(error).toMatchObject({ code: '22012' });
    expect(results?.map(({ status }) => status)).toEqual(['Error']);
    expect(await db.introspection.getTables()).not.toContainEqual(expect.objectContaining({ name: 'pet' }));
    expect(await locks()).toBe(0);
  });

  test.skipIf(oldest)('in a transaction of the caller they stay in it', async () => {
    const db = connect();
    const failed = db.transaction().execute(async (transaction) => {
      const { error } = await migratorOf(transaction, {
        '1': { up: (own) => sql`select 1 / 0`.execute(own).then(() => {}) },
      }).migrateToLatest();
      throw error;
    });
    await expect(failed).rejects.toMatchObject({ code: '22012' });
    expect(await locks()).toBe(0);
    await db.transaction().execute(async (transaction) => {
      expect((await migratorOf(transaction, createPet).migrateToLatest()).error).toBeUndefined();
    });
    expect(await locks()).toBe(0);
    expect(await db.selectFrom('pet').selectAll().execute()).toEqual([]);
  });

  test('are refused where nothing says how to get past the pooler, and hold no lock', async () => {
    const url = new URL(stand.passwordUrl('adversarial'));
    url.searchParams.delete('direct_port');
    const db = new Kysely<Database>({ dialect: dialectFor(url.href) });
    open.push(db);
    const { error } = await migratorOf(db, createPet).migrateToLatest();
    expect(error).toMatchObject({ code: 'POOLER_UNSUPPORTED', hint: expect.stringContaining('direct_port') });
    expect(await locks()).toBe(0);
  });

  test('one connection can run several, and stays past the pooler until it is given back', async () => {
    const db = connect({}, 1);
    // The pooler has several servers then, and takes turns with them.
    const several = connect({}, 3);
    await Promise.all([1, 2, 3].map(() => sql`select pg_sleep(0.3)`.execute(several)));
    const servers = await db.connection().execute(async (connection) => {
      const own = connection as Kysely<Database>;
      const ask = async (): Promise<number> => {
        const pid = sql<{ pid: number }>`select pg_backend_pid() as pid`;
        const answers = [await pid.execute(own), await pid.execute(own), await pid.execute(own)];
        return new Set(answers.map(({ rows }) => rows[0]?.pid)).size;
      };
      const before = await ask();
      expect((await migratorOf(own, createPet).migrateToLatest()).error).toBeUndefined();
      expect((await migratorOf(own, createPet).migrateDown()).error).toBeUndefined();
      return { before, after: await ask() };
    });
    expect(servers.before).toBeGreaterThan(1);
    expect(servers.after).toBe(1);
    expect(await locks()).toBe(0);
    expect((await migratorOf(db, createPet).migrateToLatest()).error).toBeUndefined();
  });

  test('say why where the server itself cannot be reached, and keep nothing', async () => {
    const db = connect({ direct_port: '1' }, 1);
    for (let attempt = 0; attempt < 2; attempt++) {
      const { error } = await migratorOf(db, createPet).migrateToLatest();
      expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    }
    const attempts = db.connection().execute(async (connection) => {
      const own = connection as Kysely<Database>;
      const first = await migratorOf(own, createPet).migrateToLatest();
      const second = await migratorOf(own, createPet).migrateToLatest();
      return [first.error, second.error];
    });
    const refused = expect.objectContaining({ code: 'ECONNREFUSED' });
    expect(await attempts).toEqual([refused, refused]);
    expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    expect(await locks()).toBe(0);
  });

  test.skipIf(oldest)('a query of theirs can be stopped, and then they end', async () => {
    const db = connect({}, 1);
    const asleep = "select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(63)'";
    for (const inflightQueryAbortStrategy of ['cancel query', 'kill session'] as const) {
      const steps: Steps = {
        '1': {
          async up(own) {
            const controller = new AbortController();
            const query = sql`select pg_sleep(63)`.compile(own);
            const running = own.executeQuery(query, {
              signal: controller.signal,
              inflightQueryAbortStrategy,
            });
            const stopped = running.catch((error: unknown) => error);
            await vi.waitFor(async () => expect(await stand.adversarial.query(asleep)).toHaveLength(1));
            controller.abort(new Error('enough'));
            const reason = await stopped;
            // Kysely holds it back until the query has been stopped.
            await sql`select 1`.execute(own).catch(() => {});
            throw reason;
          },
        },
      };
      const { results } = await migratorOf(db, steps).migrateToLatest();
      expect(results?.map(({ status }) => status) ?? ['Error']).toEqual(['Error']);
      await vi.waitFor(async () => expect(await stand.adversarial.query(asleep)).toEqual([]));
      expect(await locks()).toBe(0);
      expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    }
  });

  test('a lost connection ends them, and nothing waits for it', async () => {
    const db = connect({}, 1);
    const { error } = await migratorOf(db, {
      '1': {
        up: (own) =>
          sql`select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)`.execute(own).then(() => {}),
      },
    }).migrateToLatest();
    expect(error).toBeInstanceOf(Error);
    expect(await locks()).toBe(0);
    expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    await db.destroy();
  });

  test('without a pooler they run as ever', async () => {
    const db = new Kysely<Database>({ dialect: dialectFor(stand.passwordUrl('direct')) });
    open.push(db);
    expect((await migratorOf(db, createPet).migrateToLatest()).error).toBeUndefined();
  });

  test('are logged', async () => {
    const logged: string[] = [];
    const db = new Kysely<Database>({
      dialect: dialectFor(stand.passwordUrl('adversarial')),
      log: ({ query }) => void logged.push(query.sql),
    });
    open.push(db);
    await migratorOf(db, createPet).migrateToLatest();
    expect(logged).toContain('create table pet (id int primary key)');
  });
});

test.skipIf(oldest)(
  'Kysely by itself leaves its lock with a server of the pooler, and the next run waits',
  async () => {
    const { host, port, user, password } = stand.adversarial.pgbouncer ?? stand.adversarial.postgres;
    const bare = new Kysely<Database>({
      dialect: new PostgresDialect({
        pool: new pg.Pool({
          host,
          port,
          user,
          password,
          database: 'postgres',
          ssl: { ca: stand.adversarial.ca.pem },
        }),
      }),
    });
    open.push(bare);
    await migratorOf(bare, createPet).migrateToLatest();
    expect(await locks()).toBe(1);
    // What this library does meets the same lock, and waits for it.
    const ours = new Kysely<Database>({
      dialect: new AzurePostgresDialect(stand.passwordUrl('adversarial')),
    });
    open.push(ours);
    const second = migratorOf(ours, createPet).migrateToLatest();
    const holder = "select pid from pg_locks where locktype = 'advisory' and granted";
    const waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted";
    while ((await stand.adversarial.query(waiting)).length === 0);
    await stand.adversarial.query(`select pg_terminate_backend(pid) from (${holder}) as holders`);
    expect(await second).toEqual({ results: [] });
  },
);
