// npm: @backstage/backend-defaults @backstage/config pg
// Its layer of databases: a database for each plugin, made at first use.
import { DatabaseManager } from '@backstage/backend-defaults/database';
import { ConfigReader } from '@backstage/config';

const manager = DatabaseManager.fromConfig(
  new ConfigReader({ backend: { database: { client: 'pg', connection: process.env.DATABASE_URL } } }),
);
const logger = { debug() {}, info() {}, warn: console.warn, error: console.error, child: () => logger };
const lifecycle = { addShutdownHook() {}, addStartupHook() {} };
const database = manager.forPlugin('notes', { logger, lifecycle });
const db = await database.getClient();
await db.schema.createTable('backstage_notes', (table) => table.string('text'));
await db.transaction(async (trx) => {
  await trx('backstage_notes').insert([{ text: 'one' }, { text: 'two' }]);
});
await db('backstage_notes').where({ text: 'two' }).update({ text: 'deux' });
await db('backstage_notes').where({ text: 'one' }).delete();
const { rows } = await db.raw('select current_user as who, current_database() as db');
if (rows[0].db !== 'backstage_plugin_notes') throw new Error(rows[0].db);
console.log(JSON.stringify(await db('backstage_notes').select('text')), rows[0].who);
await db.schema.dropTable('backstage_notes');
process.exit();
