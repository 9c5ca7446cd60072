// npm: objection knex pg
import knex from 'knex';
import { Model } from 'objection';

class Note extends Model {
  static tableName = 'objection_notes';
}
const db = knex({ client: 'pg', connection: process.env.DATABASE_URL });
Note.knex(db);
await db.schema.createTable('objection_notes', (table) => {
  table.increments('id');
  table.string('text');
});
await Note.transaction(async (trx) => {
  await Note.query(trx).insert({ text: 'one' });
  await Note.query(trx).insert({ text: 'two' });
});
await Note.query().patch({ text: 'deux' }).where({ text: 'two' });
await Note.query().delete().where({ text: 'one' });
console.log(
  JSON.stringify(await Note.query().select('text')),
  (await db.raw('select current_user as who')).rows[0].who,
);
await db.schema.dropTable('objection_notes');
await db.destroy();
