import { date, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

export const person = pgTable('person', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  email: text('email').notNull().unique(),
  born: date('born'),
  settings: jsonb('settings').$type<{ theme: string }>(),
  seen: timestamp('seen', { withTimezone: true }),
});
export const note = pgTable('note', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  text: text('text').notNull(),
  author: integer('author')
    .notNull()
    .references(() => person.id),
});
