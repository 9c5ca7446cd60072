import { Pool } from '@azure-pg/pg';

// Nobody waits for the end, so that the process lives only for what is still to be done.
const pool = new Pool(process.env.DATABASE_URL);
const queries = Array.from({ length: 30 }, () => pool.query('select 1'));
pool.end();
console.log((await Promise.all(queries)).length);
