// npm: postgres
import postgres from 'postgres';

const sql = postgres(process.env.DATABASE_URL);
await sql`create table postgres_js_notes (text text)`;
await sql.begin(async (tx) => {
  await tx`insert into postgres_js_notes ${tx([{ text: 'one' }, { text: 'two' }])}`;
});
await sql`update postgres_js_notes set text = 'deux' where text = 'two'`;
await sql`delete from postgres_js_notes where text = 'one'`;
const [{ who }] = await sql`select current_user as who`;
console.log(JSON.stringify(await sql`select text from postgres_js_notes`), who);
await sql`drop table postgres_js_notes`;
await sql.end();
