import { sql } from 'drizzle-orm';
import { check, integer, pgTable, text } from 'drizzle-orm/pg-core';

export const account = pgTable(
  'account',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    owner: text('owner').notNull().unique(),
    cents: integer('cents').notNull().default(0),
  },
  (table) => [check('account_not_overdrawn', sql`${table.cents} >= 0`)],
);
