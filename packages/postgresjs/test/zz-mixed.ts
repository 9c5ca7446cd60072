import { startEmulator } from '@azure-pg/emulator';
import driver from 'postgres';
import postgres from '../src/index.ts';
const what = new Set((process.argv[2] ?? 'rqb').split(''));
const emulator = await startEmulator({ pooler: { poolSize: 4 } });
process.on('uncaughtException', (e) => { console.log('UNCAUGHT', what, e.message); process.exit(1); });
const sql = postgres(`${emulator.pgbouncer?.url}&pool_mode=transaction`, { max: 4, backoff: () => 0.05, onnotice: () => {} });
const useOne = async () => { const r = await sql.reserve(); try { return (await r`select 1 as x`)[0]?.x; } finally { r.release(); } };
await Promise.all([1,2,3,4].map(useOne));
const kinds = [useOne, () => sql`select pg_sleep(0.01)`, () => sql.begin((t) => t`select pg_sleep(0.01)`)].filter((_, i) => what.has('rqb'[i]!));
for (let round = 0; round < 8; round++) {
  let pending = 60;
  const mixed = Promise.allSettled(Array.from({ length: 60 }, (_, n) => Promise.resolve(kinds[n % kinds.length]!()).finally(() => pending--)));
  await new Promise((r) => setTimeout(r, 15));
  await emulator.pgbouncer?.restart();
  const outcome = await Promise.race([mixed, new Promise((r) => setTimeout(r, 4000, 'HANG'))]);
  if (outcome === 'HANG') { console.log('HANG', what, round, pending); break; }
  const after = await Promise.race([Promise.allSettled(Array.from({ length: 12 }, useOne)), new Promise((r) => setTimeout(r, 4000, 'HANG'))]);
  console.log(round, after === 'HANG' ? after : (after as {status: string}[]).map((a) => a.status[0]).join(''));
  if (after === 'HANG') break;
}
await emulator.stop(); process.exit();
