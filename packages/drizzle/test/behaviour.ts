import { inspect } from 'node:util';
import { rejection } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { count, eq, getTableName, sql } from 'drizzle-orm';
import { Cache } from 'drizzle-orm/cache/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DriverUnderTest } from './drivers.ts';
import { type Database, findWithNotes, migrationsFolder } from './drizzle-version.ts';
import * as tables from './tables.ts';

const { person, note } = tables;

/** A cache in memory. */
class MapCache extends Cache {
  readonly #rows = new Map<string, unknown[]>();
  readonly #keysOf = new Map<string, string[]>();

  override strategy(): 'explicit' {
    return 'explicit';
  }

  // biome-ignore lint/suspicious/noExplicitAny: Drizzle's own signature
  override async get(key: string): Promise<any[] | undefined> {
    return this.#rows.get(key);
  }

  override async put(key: string, rows: unknown[], tableNames: string[]): Promise<void> {
    this.#rows.set(key, rows);
    for (const table of tableNames) this.#keysOf.set(table, [...(this.#keysOf.get(table) ?? []), key]);
  }

  override async onMutate({ tables: changed = [] }: { tables?: unknown }): Promise<void> {
    for (const table of [changed].flat()) {
      const name = typeof table === 'string' ? table : getTableName(table as typeof note);
      for (const key of this.#keysOf.get(name) ?? []) this.#rows.delete(key);
    }
  }
}

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
      await driver.migrate(db, { migrationsFolder });
    });
    afterAll(async () => {
      await driver.end(db);
      await emulator.stop();
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
      const found = await findWithNotes(db, 'ada@example.com');
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
      // More than the pooler can have servers: only one of them need have the statement.
      const names = await Promise.all(
        Array.from({ length: 100 }, () =>
          db.execute<{ name: string }>(
            sql`select name from pg_prepared_statements where statement ilike 'select%from "person"%'`,
          ),
        ),
      );
      const seen = names.flatMap(
        (result) => [...('rows' in result ? result.rows : (result as never))] as { name: string }[],
      );
      if (route === 'direct')
        expect(seen.some(({ name }) => driver.preparedAs.test(name))).toBe(driver.prepares);
      else
        expect(seen.some(({ name }) => name.startsWith('PGBOUNCER_'))).toBe(
          driver.prepares && 'maxPreparedStatements' in pooler,
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

    it('a cache answers what was asked before, until a table changes', async () => {
      const cache = new MapCache();
      const cached = driver.open(url, { cache });
      const texts = (): Promise<unknown> =>
        cached.select({ n: count() }).from(note).where(eq(note.text, 'cached')).$withCache();
      expect(await texts()).toEqual([{ n: 0 }]);
      await emulator.query("insert into note (text, author) select 'cached', min(id) from person");
      expect(await texts()).toEqual([{ n: 0 }]);
      await cached.$cache.invalidate({ tables: note });
      expect(await texts()).toEqual([{ n: 1 }]);
      await driver.end(cached);
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
