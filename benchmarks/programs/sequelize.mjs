// npm: sequelize pg pg-hstore
import { DataTypes, Sequelize } from 'sequelize';

const db = new Sequelize(process.env.DATABASE_URL, { logging: false });
const Note = db.define('sequelize_notes', { text: DataTypes.STRING }, { timestamps: false });
await Note.sync();
await db.transaction(async (transaction) => {
  await Note.bulkCreate([{ text: 'one' }, { text: 'two' }], { transaction });
});
await Note.update({ text: 'deux' }, { where: { text: 'two' } });
await Note.destroy({ where: { text: 'one' } });
const [[{ who }]] = await db.query('select current_user as who');
console.log(JSON.stringify((await Note.findAll()).map(({ text }) => ({ text }))), who);
await Note.drop();
await db.close();
