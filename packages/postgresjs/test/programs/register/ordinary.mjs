// A program that talks to an ordinary PostgreSQL, with all that the bare driver takes. It says as JSON what it saw, which is the same with and without us.
import postgres from 'postgres';

const { host, port, user, password } = JSON.parse(process.env.PLACE);
const plain = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres`;
const ssl = { rejectUnauthorized: false, checkServerIdentity: () => undefined };
const seen = [];
const plainly = (text) => String(text).replaceAll(String(port), 'PORT');

async function tried(what, make) {
  let sql;
  try {
    sql = make();
    const rows = await sql`select current_user as who, ${1}::int as n`;
    seen.push([
      what,
      rows,
      rows.columns,
      Object.keys(sql).sort(),
      Object.keys(sql.options).sort(),
      plainly(sql.options.port),
    ]);
  } catch (error) {
    seen.push([what, error.name, error.code, plainly(error.message)]);
  }
  await sql?.end({ timeout: 1 });
}
const discrete = { host, port, user, password, database: 'postgres', max: 1 };
await tried('url', () => postgres(plain, { ssl }));
await tried('sslmode', () => postgres(`${plain}?sslmode=require`));
await tried('unknown parameters', () => postgres(`${plain}?colour=red&sslmode=require`));
await tried('options', () =>
  postgres({ ...discrete, ssl, schema: 'x', rejectUnauthorized: false, hots: 'y' }),
);
await tried('both', () => postgres('postgres://eve@nowhere.invalid/x', { ...discrete, ssl }));
await tried('wrong password', () => postgres({ ...discrete, ssl, password: 'wrong' }));
await tried('a broken url', () => postgres('postgres://a:b@c:d/e'));
await tried('keywords', () => postgres('host=localhost'));
await tried('no TLS', () => postgres({ ...discrete }));
const sql = postgres({ ...discrete, ssl, transform: postgres.camel });
await tried('the options of an instance', () => postgres(sql.options));
seen.push(await sql.begin(async (tx) => (await tx`select 1 as one_two`)[0]));
seen.push(
  await sql`select * from nowhere`.catch((error) => [error instanceof postgres.PostgresError, error.code]),
);
await sql.end();
seen.push(Object.keys(postgres).sort(), postgres.name, postgres.length, 'PostgresError' in postgres);
console.log(JSON.stringify(seen, undefined, 1));
