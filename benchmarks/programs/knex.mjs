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
// Also through the pooler it is the query that ends, not somebody else's.
const late = await db
  .raw('select pg_sleep(50)')
  .timeout(300, { cancel: true })
  .catch((error) => error.name);
const running =
  "select count(*)::int as n from pg_stat_activity where query = 'select pg_sleep(50)' and state = 'active'";
for (let left = 50; (await db.raw(running)).rows[0].n > 0; left--) {
  if (left === 0) throw new Error('It runs on');
  await new Promise((resolve) => setTimeout(resolve, 100));
}
if (late !== 'KnexTimeoutError') throw new Error(late);
console.log(
  JSON.stringify(await db('knex_notes').select('text')),
  (await db.raw('select current_user as who')).rows[0].who,
);
await db.schema.dropTable('knex_notes');
await db.destroy();
