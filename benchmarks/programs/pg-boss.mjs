// npm: pg-boss
import * as module from 'pg-boss';

const PgBoss = module.PgBoss ?? module.default;
const boss = new PgBoss({ connectionString: process.env.DATABASE_URL, schema: 'boss', max: 3 });
boss.on('error', console.error);
await boss.start();
await boss.createQueue('notes');
const done = new Promise((resolve) =>
  boss.work('notes', { pollingIntervalSeconds: 0.5 }, ([job]) => resolve(job.data)),
);
await boss.send('notes', { text: 'deux' });
const { text } = await done;
const db = boss.getDb();
const { rows } = await db.executeSql('select current_user as who');
console.log(JSON.stringify([{ text }]), rows[0].who);
await boss.stop({ graceful: false });
await new Promise((resolve) => setTimeout(resolve, 100));
process.exit();
