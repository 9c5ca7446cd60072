// npm: @mikro-orm/core @mikro-orm/postgresql
import { EntitySchema, MikroORM } from '@mikro-orm/postgresql';

const Note = new EntitySchema({
  name: 'Note',
  tableName: 'mikro_notes',
  properties: { id: { type: 'number', primary: true, autoincrement: true }, text: { type: 'string' } },
});
const orm = await MikroORM.init({ clientUrl: process.env.DATABASE_URL, entities: [Note] });
await orm.em.getConnection().execute('create table mikro_notes (id serial primary key, text text not null)');
const em = orm.em.fork();
await em.transactional(async (inner) => {
  inner.create('Note', { text: 'one' });
  inner.create('Note', { text: 'two' });
});
await em.nativeUpdate('Note', { text: 'two' }, { text: 'deux' });
await em.nativeDelete('Note', { text: 'one' });
const [{ who }] = await em.getConnection().execute('select current_user as who');
console.log(JSON.stringify((await em.fork().findAll('Note')).map(({ text }) => ({ text }))), who);
await em.getConnection().execute('drop table mikro_notes');
await orm.close();
