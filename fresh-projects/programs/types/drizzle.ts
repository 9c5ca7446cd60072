import { drizzle, runTransaction } from '@azure-pg/drizzle';
import { azureCredentials } from '@azure-pg/drizzle/kit';
import { migrate } from '@azure-pg/drizzle/migrator';
import { integer, pgTable } from 'drizzle-orm/pg-core';

const url = 'postgresql://localhost/app';
export const person = pgTable('person', { id: integer('id').primaryKey() });
export const db = drizzle(url);
export const withSchema = drizzle({ connection: { connectionString: url }, schema: { person } });
export const pool = db.$client;
export const people = () => db.select().from(person);
export const work = () => runTransaction(db, (one) => one.select().from(person));
export const credentials = azureCredentials(url);
export const migrated = () => migrate(db, { migrationsFolder: 'migrations' });
