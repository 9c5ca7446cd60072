// A program that leaves its pool open.
import { Pool } from '@azure-pg/pg';

const pool = new Pool({ connectionString: process.env.URL, allowExitOnIdle: true });
await pool.query('SELECT 1');
console.log('done');
