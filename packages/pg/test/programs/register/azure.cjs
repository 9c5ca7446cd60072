const { Client, Pool } = require('pg');
const oldest = require('pg-oldest');

(async () => {
  const seen = {};
  for (const [name, Kind] of Object.entries({
    Client,
    Pool,
    OldClient: oldest.Client,
    OldPool: oldest.Pool,
  })) {
    const client = new Kind({ connectionString: process.env.DATABASE_URL });
    if (client.connect && name.endsWith('Client')) await client.connect();
    seen[name] = (await client.query('select current_user as who')).rows[0].who;
    await client.end();
  }
  const { default: pg, Client: Imported } = await import('pg');
  seen.same = [pg === require('pg'), Imported === Client];
  console.log(JSON.stringify(seen));
})();
