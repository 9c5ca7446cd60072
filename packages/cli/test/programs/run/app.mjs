import pg from 'pg';

const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
console.log((await client.query('select current_user as who')).rows[0].who);
await client.end();
