import { drizzle } from '@azure-pg/drizzle';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import * as schema from './schema.ts';

export const db = drizzle(process.env.DATABASE_URL ?? '', { schema });

/** Brings the schema up to date: on the server itself, also where DATABASE_URL names the pooler. */
export async function migrateDatabase(): Promise<void> {
  await migrate(db, { migrationsFolder: new URL('../migrations', import.meta.url).pathname });
}
