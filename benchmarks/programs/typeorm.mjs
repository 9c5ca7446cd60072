// npm: typeorm pg reflect-metadata
import 'reflect-metadata';
import { DataSource, EntitySchema } from 'typeorm';

const Note = new EntitySchema({
  name: 'typeorm_notes',
  columns: { id: { type: Number, primary: true, generated: true }, text: { type: String } },
});
const db = await new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [Note],
  synchronize: true,
}).initialize();
const notes = db.getRepository(Note);
await db.transaction(async (manager) => {
  await manager.save(Note, [{ text: 'one' }, { text: 'two' }]);
});
await notes.update({ text: 'two' }, { text: 'deux' });
await notes.delete({ text: 'one' });
console.log(
  JSON.stringify((await notes.find()).map(({ text }) => ({ text }))),
  (await db.query('select current_user as who'))[0].who,
);
await db.query('drop table typeorm_notes');
await db.destroy();
