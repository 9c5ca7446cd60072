// npm: fastify @fastify/postgres pg
import postgres from '@fastify/postgres';
import fastify from 'fastify';

const app = fastify();
app.register(postgres, { connectionString: process.env.DATABASE_URL, max: 3 });
app.get('/', () =>
  app.pg.transact(async (client) => {
    await client.query('create table fastify_notes (text text)');
    await client.query("insert into fastify_notes values ('one'), ('two')");
    await client.query("update fastify_notes set text = 'deux' where text = 'two'");
    await client.query("delete from fastify_notes where text = 'one'");
    const { rows } = await client.query('select text, current_user as who from fastify_notes');
    await client.query('drop table fastify_notes');
    return rows;
  }),
);
const [{ text, who }] = (await app.inject('/')).json();
console.log(JSON.stringify([{ text }]), who);
await app.close();
