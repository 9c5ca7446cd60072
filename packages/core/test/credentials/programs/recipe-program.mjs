// Uses what the last program of docs/other-drivers.md exports: two connections at once, then, when the token has expired, two new ones.
const [, , file] = process.argv;
const { pool } = await import(file);
const sql = 'select session_user as role, pg_backend_pid() as pid, pg_sleep(0.2)::text as slept';
const query = async () => (await pool.query(sql)).rows[0];

const first = await Promise.all([query(), query()]);
await new Promise((resolve) => setTimeout(resolve, Number(process.env.TEST_PAUSE)));
const later = await Promise.all([query(), query(), query(), query()]);
await pool.end();
console.log(
  JSON.stringify({
    roles: [...first, ...later].map(({ role }) => role),
    connections: new Set(later.map(({ pid }) => pid)).size,
  }),
);
process.exit(0);
