// A program that signs in to Azure as people write it by hand: pg, and @azure/identity for its password.
import { readFileSync } from 'node:fs';
import { DefaultAzureCredential } from '@azure/identity';
import pg from 'pg';
import { report } from './cold-start-report.ts';

const { BENCH_URL = '', BENCH_USER = '' } = process.env;
const { hostname, port, searchParams } = new URL(BENCH_URL);
const credential = new DefaultAzureCredential();
const pool = new pg.Pool({
  host: searchParams.get('hostaddr') ?? hostname,
  port: Number(port),
  user: BENCH_USER,
  database: 'postgres',
  ssl: { ca: readFileSync(searchParams.get('sslrootcert') ?? ''), servername: hostname },
  password: async () =>
    (await credential.getToken('https://ossrdbms-aad.database.windows.net/.default')).token,
});
await report(() => pool.query('select current_user as role'));
await pool.end();
