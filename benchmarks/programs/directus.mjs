// npm: directus@11.17.4
// slow
// The CMS by its own commands and its HTTP interface.
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import pg from 'pg';

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = server.address();
    server.close(() => resolve(free));
  });
});
const env = {
  ...process.env,
  HOST: '127.0.0.1',
  PORT: String(port),
  SECRET: 'none',
  ADMIN_EMAIL: 'ada@example.com',
  ADMIN_PASSWORD: 'not-a-secret',
  DB_CLIENT: 'pg',
  DB_CONNECTION_STRING: process.env.DATABASE_URL,
  TELEMETRY: 'false',
};
const directus = ['node_modules/directus/cli.js'];
execFileSync(process.execPath, [...directus, 'bootstrap'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
const server = spawn(process.execPath, [...directus, 'start'], {
  env,
  stdio: ['ignore', 'ignore', 'inherit'],
});

const base = `http://127.0.0.1:${port}`;
while (!(await fetch(`${base}/server/ping`).catch(() => undefined))?.ok)
  await new Promise((resolve) => setTimeout(resolve, 200));
let token;
async function call(method, path, body) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : (await answer.json()).data;
}
({ access_token: token } = await call('POST', '/auth/login', {
  email: env.ADMIN_EMAIL,
  password: env.ADMIN_PASSWORD,
}));
await call('POST', '/collections', {
  collection: 'notes',
  schema: {},
  fields: [{ field: 'text', type: 'string' }],
});
await call('POST', '/items/notes', { text: 'one' });
const { id } = await call('POST', '/items/notes', { text: 'two' });
await call('PATCH', `/items/notes/${id}`, { text: 'deux' });
await call('DELETE', '/items/notes', { query: { filter: { text: { _eq: 'one' } } } });
const rows = await call('GET', '/items/notes?fields=text');
server.kill();
const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
const { rows: who } = await client.query('select tableowner from pg_tables where tablename = $1', ['notes']);
await client
  .query('drop owned by current_user; grant create on schema public to current_user')
  .catch(() => {});
await client.end();
console.log(JSON.stringify(rows), who[0].tableowner);
process.exit();
