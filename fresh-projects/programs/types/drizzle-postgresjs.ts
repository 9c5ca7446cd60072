import { drizzle } from '@azure-pg/drizzle/postgres-js';
import { migrate } from '@azure-pg/drizzle/postgres-js/migrator';
import { integer, pgTable } from 'drizzle-orm/pg-core';

const url = 'postgresql://localhost/app';
export const person = pgTable('person', { id: integer('id').primaryKey() });
export const db = drizzle(url);
export const withSchema = drizzle({ connection: { url }, schema: { person } });
export const sql = db.$client;
export const people = () => db.select().from(person);
export const migrated = () => migrate(db, { migrationsFolder: 'migrations' });
