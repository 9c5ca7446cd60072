import { defineRelations } from 'drizzle-orm';
import * as tables from '../tables.ts';

export const relations = defineRelations(tables, (all) => ({
  person: { notes: all.many.note() },
  note: { writer: all.one.person({ from: all.note.author, to: all.person.id }) },
}));
