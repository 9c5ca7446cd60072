// And with @azure-pg/postgresjs.
import postgres from '@azure-pg/postgresjs';
import { report } from './report.ts';

const sql = postgres(process.env.BENCH_URL ?? '');
await report(async () => ({ rows: [...(await sql<{ role: string }[]>`select current_user as role`)] }));
await sql.end();
