// npm: pg-listen pg
// Its LISTEN goes past the pooler by itself.
import createSubscriber from 'pg-listen';

const subscriber = createSubscriber({ connectionString: process.env.DATABASE_URL_KNOWING_DIRECT });
const heard = new Promise((resolve) => subscriber.notifications.on('notes', resolve));
subscriber.events.on('error', console.error);
await subscriber.connect();
await subscriber.listenTo('notes');
await subscriber.notify('notes', { text: 'deux' });
const { text } = await heard;
await subscriber.close();

const { default: pg } = await import('pg');
const client = new pg.Client(process.env.DATABASE_URL_KNOWING_DIRECT);
await client.connect();
const { rows } = await client.query('select current_user as who');
await client.end();
console.log(JSON.stringify([{ text }]), rows[0].who);
process.exit();
