const postgres = require('postgres');

(async () => {
  const sql = postgres(process.env.DATABASE_URL);
  const [{ who }] = await sql`select current_user as who`;
  await sql.end();
  const { default: imported } = await import('postgres');
  const other = imported(process.env.DATABASE_URL);
  const [{ who: again }] = await other`select current_user as who`;
  await other.end();
  console.log(JSON.stringify([who, again]));
})();
