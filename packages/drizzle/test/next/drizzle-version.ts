// What differs in Drizzle 1.0; see ../drizzle-version.ts.
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { relations } from './relations.ts';

export const config = { relations };
export type Database = NodePgDatabase<typeof relations>;

export const migrationsFolder = new URL('./migrations', import.meta.url).pathname;
export const ownMigrateLeavesPooler = false;

export const findWithNotes = (
  db: Database,
  email: string,
): Promise<{ email: string; notes: { text: string }[] } | undefined> =>
  db.query.person.findFirst({
    columns: { email: true },
    where: { email },
    with: { notes: { columns: { text: true }, orderBy: { id: 'asc' } } },
  });
