// Not a line of it is about Azure. It says as JSON what it saw.
import { createRequire } from 'node:module';
import postgres from 'postgres';
import oldest from 'postgres-oldest';

const required = createRequire(import.meta.url)('postgres');
const url = process.env.DATABASE_URL;
const seen = {};

async function who(name, make) {
  const sql = make();
  try {
    seen[name] = (await sql`select current_user as who`)[0].who;
  } catch (error) {
    seen[name] = error.message;
  }
  await sql.end();
}
await who('import', () => postgres(url, { max: 1, schema: 'of a library' }));
await who('require', () => required(url));
await who('another copy', () => oldest(url));
await who('a URL object', () => postgres(new URL(url)));
await who('new', () => new postgres(url));
await who('new, required', () => new required(url));
const sql = postgres(url, { max: 1 });
await who('the options of an instance', () => postgres(sql.options));
for (const [name, made] of Object.entries({ postgres, oldest })) {
  const error = await made(url, { max: 1 })`select * from nowhere`.catch((reason) => reason);
  seen[name] = [error.code, error instanceof made.PostgresError];
}
seen.same = [postgres === required, postgres.PostgresError === required.PostgresError];
seen.names = [postgres.name, typeof postgres.BigInt, postgres.toCamel('a_b')];
console.log(JSON.stringify(seen));
process.exit();
