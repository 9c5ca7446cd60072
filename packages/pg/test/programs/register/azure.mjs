// Not a line of it is about Azure. It says as JSON what it saw.
import { createRequire } from 'node:module';
import pg, { Client, Pool } from 'pg';
import Cursor from 'pg-cursor';
import oldest from 'pg-oldest';
import PgPool from 'pg-pool';
import QueryStream from 'pg-query-stream';

const required = createRequire(import.meta.url)('pg');
const connectionString = process.env.DATABASE_URL;
const seen = {};

async function who(name, client) {
  try {
    await client.connect?.call(client).then((lent) => lent?.release?.());
    seen[name] = (await client.query('select current_user as who')).rows[0].who;
  } catch (error) {
    seen[name] = error.message;
  }
  await client.end();
}

class MyClient extends pg.Client {
  query(...given) {
    this.asked = (this.asked ?? 0) + 1;
    return super.query(...given);
  }
}
class MyPool extends Pool {}

await who('import pg', new pg.Client(connectionString));
await who('import { Client }', new Client({ connectionString }));
await who('import { Pool }', new Pool({ connectionString, max: 1, schema: 'of a library' }));
await who('require', new required.Pool({ connectionString }));
await who('another copy', new oldest.Pool({ connectionString }));
await who("another copy's client", new oldest.Client({ connectionString }));
await who('pg-pool', new PgPool({ connectionString }));
const mine = new MyClient({ connectionString });
await who('class extends Client', mine);
await who('class extends Pool', new MyPool({ connectionString }));
await who("a pool of one's own clients", new Pool({ connectionString, Client: MyClient }));

const pool = new Pool({ connectionString });
const client = await pool.connect();
const cursor = client.query(new Cursor('select * from generate_series(1, 5) as n'));
seen.cursor = (await cursor.read(3)).length;
await cursor.close();
seen.stream = 0;
for await (const row of client.query(new QueryStream('select * from generate_series(1, 50)'))) {
  if (row) seen.stream += 1;
}
seen.error = await client
  .query('select * from nowhere')
  .catch((error) => [error instanceof pg.DatabaseError, error.code]);
Object.assign(seen, {
  instances: [
    client instanceof pg.Client,
    client instanceof required.Client,
    mine instanceof pg.Client,
    mine instanceof MyClient,
    client instanceof MyClient,
    pool instanceof Pool,
    pool instanceof MyPool,
    pool instanceof PgPool,
  ],
  same: [
    pg === required,
    pg.Client === Client,
    pg.Client === required.Client,
    pg.Client === oldest.Client,
    pool.Client === pg.Client,
  ],
  asked: mine.asked,
  names: [pool.constructor.name, client.constructor.name],
});
client.release();
await pool.end();
console.log(JSON.stringify(seen));
