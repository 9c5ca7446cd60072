// npm: drizzle-orm pg
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { pgTable, text } from 'drizzle-orm/pg-core';

const notes = pgTable('drizzle_notes', { text: text().notNull() });
const db = drizzle(process.env.DATABASE_URL);
await db.execute(sql`create table drizzle_notes (text text)`);
await db.transaction(async (tx) => {
  await tx.insert(notes).values([{ text: 'one' }, { text: 'two' }]);
});
await db.update(notes).set({ text: 'deux' }).where(sql`text = 'two'`);
await db.delete(notes).where(sql`text = 'one'`);
const { rows } = await db.execute(sql`select current_user as who`);
console.log(JSON.stringify(await db.select().from(notes)), rows[0].who);
await db.execute(sql`drop table drizzle_notes`);
await db.$client.end();
