// A program that talks to an ordinary PostgreSQL, with all that bare pg takes. It says as JSON what it saw, which is the same with and without us.
import { inspect } from 'node:util';
import pg, { Client, Pool } from 'pg';

const { host, port, user, password } = JSON.parse(process.env.PLACE);
const plain = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres`;
const seen = [];
const stable = (value) =>
  inspect(value, { depth: 1, showHidden: false, breakLength: 200, sorted: true })
    .replace(/pid: \d+|processID: \d+|secretKey: -?\d+/g, '…')
    .replaceAll(String(port), 'PORT');

async function tried(what, make) {
  let client;
  try {
    client = make();
  } catch (error) {
    seen.push([what, 'made', error.name, error.code, error.message]);
    return;
  }
  try {
    const lent = await client.connect();
    lent?.release?.();
    const { rows, fields } = await client.query('select current_user as who, $1::int as n', [1]);
    seen.push([
      what,
      rows,
      fields.length,
      client.constructor.name,
      Object.keys(client).sort(),
      client.options && Object.keys(client.options).sort(),
    ]);
  } catch (error) {
    seen.push([what, error.name, error.code, error.message.replaceAll(String(port), 'PORT')]);
  }
  await client.end();
}

const discrete = { host, port, user, password, database: 'postgres' };
for (const [name, Kind] of Object.entries({ Client, Pool })) {
  await tried(`${name}: url`, () => new Kind({ connectionString: plain }));
  await tried(
    `${name}: unknown parameters`,
    () => new Kind({ connectionString: `${plain}?schema=x&pgbouncer=true&colour=red&sslmode=disable` }),
  );
  await tried(
    `${name}: options`,
    () => new Kind({ ...discrete, schema: 'x', rejectUnauthorized: false, hots: 'y', sslMode: 'z' }),
  );
  await tried(
    `${name}: both`,
    () => new Kind({ connectionString: plain, host: 'nowhere.invalid', port: 1, user: 'eve' }),
  );
  await tried(
    `${name}: ssl`,
    () => new Kind({ ...discrete, ssl: { rejectUnauthorized: false, checkServerIdentity: () => undefined } }),
  );
  await tried(`${name}: wrong password`, () => new Kind({ ...discrete, password: 'wrong' }));
  await tried(`${name}: password function`, () => new Kind({ ...discrete, password: async () => password }));
  await tried(`${name}: no such host`, () => new Kind({ ...discrete, host: 'nowhere.invalid' }));
  await tried(`${name}: a broken url`, () => new Kind({ connectionString: 'postgres://a:b@c:d/e' }));
  await tried(`${name}: a path`, () => new Kind({ connectionString: '/nowhere db' }));
  await tried(
    `${name}: Azure's name elsewhere`,
    () => new Kind({ ...discrete, application_name: 'a.postgres.database.azure.com' }),
  );
  await tried(`${name}: another instance's`, () => new Kind({ ...discrete, Client: pg.Client }));
}
const text = new Client(plain);
seen.push(stable(Object.getOwnPropertyNames(text).sort()));
await text.connect();
const release = () => 'mine';
text.release = release;
seen.push([text.release === release, Object.keys(text).includes('release')]);
const slow = text.query('select pg_sleep(0)');
text.emit('readyForQuery');
await slow;
await text.end();

const pool = new Pool({ ...discrete, max: 2, idleTimeoutMillis: 0 });
const events = [];
for (const name of ['connect', 'acquire', 'release', 'remove', 'error'])
  pool.on(name, () => events.push(name));
for (const sql of ['select 1', 'select 2']) await pool.query(sql);
const client = await pool.connect();
client.on('error', () => {});
await client.query('begin');
client.release();
seen.push((await pool.query('select 1')).rows);
seen.push([pool.totalCount, pool.Client === pg.Client, client instanceof pg.Client, pool instanceof pg.Pool]);
const removed = new Promise((resolve) => pool.once('remove', resolve));
await pool.end();
// It is told when the connection is closed, which `end` does not wait for.
await removed;
seen.push(events);
seen.push(await pool.query('select 1').catch((error) => error.message));

class Mine extends pg.Client {
  constructor(config) {
    super(config);
    this.mine = true;
  }
}
const mine = new Mine(discrete);
await mine.connect();
seen.push([
  mine.mine,
  mine instanceof Mine,
  mine instanceof pg.Client,
  text instanceof Mine,
  Mine.Query === pg.Query,
]);
await mine.end();
seen.push(
  Object.keys(pg).sort(),
  pg.Pool.name,
  pg.Client.name,
  pg.Client.length,
  pg.native === null,
  typeof pg.defaults.poolSize,
);
console.log(JSON.stringify(seen, undefined, 1));
