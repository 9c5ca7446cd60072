import { inspect } from 'node:util';
import { rejection } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { count, eq, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as schema from './schema.ts';

type Database = NodePgDatabase<typeof schema>;

/** One of the two drivers, brought to one shape. */
export interface DriverUnderTest {
  readonly name: string;
  open(url: string): Database;
  migrate(db: Database, config: { migrationsFolder: string }): Promise<void>;
  end(db: Database): Promise<void>;
  /** Where a prepared statement's name is, with a driver that shows it. */
  readonly preparedAs: RegExp;
}

const migrations = { migrationsFolder: new URL('./migrations', import.meta.url).pathname };
const { person, note } = schema;

/** What Drizzle can do, through this library: with a driver, directly and through poolers. */
export function describeDrizzle(driver: DriverUnderTest): void {
  const routes = {
    direct: {},
    'a pooler that puts each transaction on another server': { adversarial: true },
    'such a pooler that keeps prepared statements': { adversarial: true, maxPreparedStatements: 200 },
  };
  describe.each(Object.entries(routes))(`${driver.name}, %s`, (route, pooler) => {
    let emulator: Emulator;
    let url: string;
    let db: Database;
    beforeAll(async () => {
      emulator = await startEmulator(route === 'direct' ? { pooler: false } : { pooler });
      Object.assign(process.env, emulator.env);
      url = emulator.url;
      if (route !== 'direct') {
        const kept = 'maxPreparedStatements' in pooler ? '&max_prepared_statements=200' : '';
        url = `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}${kept}`;
      }
      await emulator.query(
        'grant create on schema public to "local-app"; grant create on database postgres to "local-app"',
      );
      db = driver.open(url);
    });
    afterAll(async () => {
      await driver.end(db);
      await emulator.stop();
    });

    it('drizzle-orm’s migrate() runs on the server itself, and once', async () => {
      // Nothing that goes through the pooler would arrive.
      if (route !== 'direct') await emulator.pgbouncer?.stop();
      await driver.migrate(db, migrations);
      if (route !== 'direct') await emulator.pgbouncer?.start();
      await driver.migrate(db, migrations);
      expect(await emulator.query('select count(*)::int as n from drizzle.__drizzle_migrations')).toEqual([
        { n: 2 },
      ]);
      expect(await emulator.query('select count(*)::int as n from migrated_by')).toEqual([{ n: 1 }]);
    });

    it('rows come back as they went in', async () => {
      const seen = new Date('2026-01-02T03:04:05.678Z');
      const given = { email: 'ada@example.com', born: '1815-12-10', settings: { theme: 'dark' }, seen };
      const [ada] = await db.insert(person).values(given).returning();
      expect(ada).toMatchObject(given);
      expect(await db.select().from(person).where(eq(person.email, 'ada@example.com'))).toEqual([ada]);
    });

    it('relational queries', async () => {
      const [{ id } = { id: 0 }] = await db.select({ id: person.id }).from(person);
      await db.insert(note).values([
        { text: 'one', author: id },
        { text: 'two', author: id },
      ]);
      const found = await db.query.person.findFirst({
        columns: { email: true },
        with: { notes: { columns: { text: true }, orderBy: note.id } },
      });
      expect(found).toEqual({ email: 'ada@example.com', notes: [{ text: 'one' }, { text: 'two' }] });
      expect(await db.$count(note, eq(note.text, 'two'))).toBe(1);
    });

    it('a prepared query runs again and again, alone and in a crowd', async () => {
      const byText = db
        .select({ n: count() })
        .from(note)
        .where(eq(note.text, sql.placeholder('text')))
        .prepare('notes_by_text');
      for (let run = 0; run < 10; run++) expect(await byText.execute({ text: 'one' })).toEqual([{ n: 1 }]);
      const crowd = await Promise.all(Array.from({ length: 60 }, () => byText.execute({ text: 'two' })));
      expect(crowd).toEqual(crowd.map(() => [{ n: 1 }]));
    });

    it('names of prepared statements are used where they last, and only there', async () => {
      await db.query.person.findFirst().prepare('first_person').execute();
      const names = await Promise.all(
        Array.from({ length: 12 }, () =>
          db.execute<{ name: string }>(
            sql`select name from pg_prepared_statements where statement not like '%pg_prepared_statements%'`,
          ),
        ),
      );
      const seen = names.flatMap(
        (result) => [...('rows' in result ? result.rows : (result as never))] as { name: string }[],
      );
      if (route === 'direct') expect(seen.some(({ name }) => driver.preparedAs.test(name))).toBe(true);
      else
        expect(seen.some(({ name }) => name.startsWith('PGBOUNCER_'))).toBe(
          'maxPreparedStatements' in pooler,
        );
    });

    it('a transaction commits as a whole, rolls back as a whole, and nests', async () => {
      const wrong = new Error('changed my mind');
      const author = person.id;
      expect(
        await rejection(
          db.transaction(async (transaction) => {
            await transaction.insert(person).values({ email: 'gone@example.com' });
            throw wrong;
          }),
        ),
      ).toBe(wrong);
      await db.transaction(
        async (transaction) => {
          const [grace] = await transaction
            .insert(person)
            .values({ email: 'grace@example.com' })
            .returning({ id: author });
          await rejection(
            transaction.transaction(async (inner) => {
              await inner.insert(note).values({ text: 'lost', author: grace?.id ?? 0 });
              throw wrong;
            }),
          );
          await transaction.transaction((inner) =>
            inner.insert(note).values({ text: 'kept', author: grace?.id ?? 0 }),
          );
        },
        { isolationLevel: 'serializable' },
      );
      const emails = (await db.select({ email: person.email }).from(person)).map(({ email }) => email);
      expect(emails).toEqual(['ada@example.com', 'grace@example.com']);
      expect((await db.select().from(note)).map(({ text }) => text)).toEqual(['one', 'two', 'kept']);
    });

    it('many transactions at once lose nothing', async () => {
      const committed = await Promise.allSettled(
        Array.from({ length: 100 }, (_, index) =>
          db.transaction(async (transaction) => {
            const [row] = await transaction
              .insert(person)
              .values({ email: `p${index}@example.com` })
              .returning();
            if (index % 10 === 0) throw new Error('rolled back');
            await transaction.insert(note).values({ text: 'many', author: row?.id ?? 0 });
          }),
        ),
      );
      expect(committed.filter(({ status }) => status === 'fulfilled')).toHaveLength(90);
      expect(await emulator.query("select count(*)::int as n from note where text = 'many'")).toEqual([
        { n: 90 },
      ]);
    });

    it('what the server refuses has its SQLSTATE where Drizzle’s users look for it', async () => {
      const error = await rejection(db.insert(person).values({ email: 'ada@example.com' }));
      expect(error).toMatchObject({ cause: { code: '23505' } });
    });

    it('shows no token when it is printed', async () => {
      await db.execute(sql`select 1`);
      expect(inspect(db, { depth: 20, showHidden: false })).not.toMatch(/eyJ[\w-]+\.eyJ/);
    });
  });
}
