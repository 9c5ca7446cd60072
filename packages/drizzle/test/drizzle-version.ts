// What differs between the versions of drizzle-orm that are supported: here 0.44 and 0.45; next/drizzle-version.ts is 1.0.
import { eq } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import * as schema from './schema.ts';

export const config = { schema };
export type Database = NodePgDatabase<typeof schema>;

export const migrationsFolder = new URL('./migrations', import.meta.url).pathname;
/** Whether drizzle-orm's own `migrate(db)` is led past the pooler, too. */
export const ownMigrateLeavesPooler = true;

/** The person of this address, with notes. */
export const findWithNotes = (
  db: Database,
  email: string,
): Promise<{ email: string; notes: { text: string }[] } | undefined> =>
  db.query.person.findFirst({
    columns: { email: true },
    where: eq(schema.person.email, email),
    with: { notes: { columns: { text: true }, orderBy: schema.note.id } },
  });
