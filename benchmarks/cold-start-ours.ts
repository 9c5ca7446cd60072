// The same program with @azure-pg/pg, which is given the URL alone: it finds the role by itself.
import { Pool } from '@azure-pg/pg';
import { report } from './cold-start-report.ts';

const pool = new Pool({ connectionString: process.env.BENCH_URL });
await report(() => pool.query('select current_user as role'));
await pool.end();
