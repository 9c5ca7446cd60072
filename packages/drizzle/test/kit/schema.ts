import { integer, pgTable, text } from 'drizzle-orm/pg-core';

export const city = pgTable('city', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  name: text('name').notNull(),
});
