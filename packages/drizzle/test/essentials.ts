import { startEmulator } from '@azure-pg/emulator';
import { eq, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { drivers } from './drivers.ts';
import { findWithNotes, migrationsFolder } from './drizzle-version.ts';
import { note, person } from './tables.ts';

/** The least that must work over every version of Drizzle, whatever run of the tests it is. */
export function describeEssentials(): void {
  it.each(drivers)(
    'through a pooler, over $name: migrations, transactions, prepared and relational queries',
    async (driver) => {
      const emulator = await startEmulator({ pooler: { adversarial: true } });
      Object.assign(process.env, emulator.env);
      await emulator.query(
        'grant create on schema public to "local-app"; grant create on database postgres to "local-app"',
      );
      const db = driver.open(`${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`);
      await emulator.pgbouncer?.stop();
      await driver.migrate(db, { migrationsFolder });
      await emulator.pgbouncer?.start();
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          db.transaction(async (transaction) => {
            const email = `p${index}@example.com`;
            const [row] = await transaction.insert(person).values({ email }).returning({ id: person.id });
            await transaction.insert(note).values({ text: 'first', author: row?.id ?? 0 });
          }),
        ),
      );
      const byEmail = db
        .select({ email: person.email })
        .from(person)
        .where(eq(person.email, sql.placeholder('email')))
        .prepare('by_email');
      const found = await Promise.all(
        Array.from({ length: 20 }, (_, index) => byEmail.execute({ email: `p${index}@example.com` })),
      );
      expect(found).toEqual(found.map((_, index) => [{ email: `p${index}@example.com` }]));
      expect(await findWithNotes(db, 'p7@example.com')).toEqual({
        email: 'p7@example.com',
        notes: [{ text: 'first' }],
      });
      await driver.end(db);
      await emulator.stop();
    },
  );
}
