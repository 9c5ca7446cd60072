// A program that is loaded with `register`, and uses this library as well.
import { directPool, extend, Pool as OurPool, ownConnection, poolConfig, withDirect } from '@azure-pg/pg';
import pg from 'pg';

const connectionString = process.env.DATABASE_URL;
const elsewhere = { host: 'db.example', user: 'app', password: 'secret' };
const seen = {};
const who = async (client) => (await client.query('select current_user as who')).rows[0].who;
async function used(pool) {
  const answer = await who(pool);
  await pool.end();
  return answer;
}

const pool = new pg.Pool({ connectionString });
seen.known = [pool, new pg.Client(connectionString), new pg.Pool(elsewhere), new pg.Client(elsewhere)].map(
  (each) => ownConnection(each) !== undefined,
);
seen.direct = [await used(directPool(pool)), await withDirect(pool, who)];
const ours = new OurPool({ connectionString });
const client = await ours.connect();
seen.instances = [client instanceof pg.Client, ours instanceof pg.Pool, pool instanceof OurPool];
client.release();
await ours.end();
await pool.end();
// Made by us, it is ours wherever it leads.
seen.always = [
  new OurPool(elsewhere),
  new OurPool({ ...elsewhere, Client: pg.Client }),
  new pg.Pool(poolConfig(elsewhere)),
  new (extend(pg).Pool)(elsewhere),
].map((each) => [
  ownConnection(each) !== undefined,
  ownConnection(new each.Client(each.options)) !== undefined,
]);
seen.config = await used(new pg.Pool(poolConfig({ connectionString })));
seen.same = extend(pg).Pool === OurPool;
console.log(JSON.stringify(seen));
