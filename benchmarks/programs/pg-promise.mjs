// npm: pg-promise
import pgPromise from 'pg-promise';

const pgp = pgPromise();
const db = pgp(process.env.DATABASE_URL);
await db.none('create table pg_promise_notes (text text)');
await db.tx(async (t) => {
  await t.none('insert into pg_promise_notes values ($1), ($2)', ['one', 'two']);
});
await db.none('update pg_promise_notes set text = $1 where text = $2', ['deux', 'two']);
await db.none('delete from pg_promise_notes where text = $1', ['one']);
const { who } = await db.one('select current_user as who');
console.log(JSON.stringify(await db.many('select text from pg_promise_notes')), who);
await db.none('drop table pg_promise_notes');
pgp.end();
