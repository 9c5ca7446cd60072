// npm: kysely pg
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

const db = new Kysely({
  dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env.DATABASE_URL }) }),
});
await db.schema.createTable('kysely_notes').addColumn('text', 'text').execute();
await db.transaction().execute((trx) =>
  trx
    .insertInto('kysely_notes')
    .values([{ text: 'one' }, { text: 'two' }])
    .execute(),
);
await db.updateTable('kysely_notes').set({ text: 'deux' }).where('text', '=', 'two').execute();
await db.deleteFrom('kysely_notes').where('text', '=', 'one').execute();
const { rows } = await sql`select current_user as who`.execute(db);
console.log(JSON.stringify(await db.selectFrom('kysely_notes').selectAll().execute()), rows[0].who);
await db.schema.dropTable('kysely_notes').execute();
await db.destroy();
