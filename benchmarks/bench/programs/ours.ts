// The same program with @azure-pg/pg, which is given the URL alone: it finds the role by itself.
import { Pool } from '@azure-pg/pg';
import { report } from './report.ts';

const pool = new Pool(process.env.BENCH_URL);
await report(() => pool.query('select current_user as role'));
await pool.end();
