// npm: knex pg
import knex from 'knex';

const db = knex({ client: 'pg', connection: process.env.DATABASE_URL, pool: { min: 0, max: 4 } });
await db.schema.createTable('knex_notes', (table) => {
  table.increments('id');
  table.string('text');
});
await db.transaction(async (trx) => {
  await trx('knex_notes').insert({ text: 'one' });
  await trx('knex_notes').insert({ text: 'two' });
});
await db('knex_notes').where({ text: 'two' }).update({ text: 'deux' });
await db('knex_notes').where({ text: 'one' }).delete();
console.log(
  JSON.stringify(await db('knex_notes').select('text')),
  (await db.raw('select current_user as who')).rows[0].who,
);
await db.schema.dropTable('knex_notes');
await db.destroy();
