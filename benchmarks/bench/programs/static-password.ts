// No Azure at all: pg with a password that never changes. Nothing that fetches a token can be faster.
import pg from 'pg';
import { place } from './place.ts';
import { report } from './report.ts';

const pool = new pg.Pool({ ...place, password: process.env.BENCH_PASSWORD });
await report(() => pool.query('select current_user as role'));
await pool.end();
