import { relations } from 'drizzle-orm';
import { note, person } from './tables.ts';

export * from './tables.ts';
export const personRelations = relations(person, ({ many }) => ({ notes: many(note) }));
export const noteRelations = relations(note, ({ one }) => ({
  author: one(person, { fields: [note.author], references: [person.id] }),
}));
