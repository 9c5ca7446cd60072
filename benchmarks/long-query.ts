// A query that runs for minutes on a healthy server, through every adapter, directly and through PgBouncer, with all defaults: nothing gives it up.
// Another one beside it on the same pool shows that nobody closed the pool's other connections, either.
//
//   node --conditions=@azure-pg/source long-query.ts [--seconds 600] [--adapter pg]
import { parseArgs } from 'node:util';
import type { ContractAdapter, ContractClient } from '@azure-pg/contract/truth';
import { startEmulator } from '@azure-pg/emulator';
import { fileOf, ours } from './contract-adapters.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    adapter: { type: 'string', default: ours.join(',') },
  },
});
const seconds = Number(values.seconds);
await using emulator = await startEmulator();
const routes = { direct: emulator.url, pooled: emulator.pooledUrl };
Object.assign(process.env, emulator.env);

/** What became of the long query, and of the short ones beside it. */
async function watch(client: ContractClient): Promise<string> {
  const begun = performance.now();
  let over = false;
  const long = client.query(`select pg_sleep(${seconds})`).finally(() => {
    over = true;
  });
  let beside = 0;
  while (!over) {
    await Promise.race([long.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 5000))]);
    if (!over && (await client.query('select 1 as one')).length === 1) beside++;
  }
  const rows = await long;
  const took = Math.round((performance.now() - begun) / 1000);
  return `${rows.length === 1 && took >= seconds ? 'answered' : 'WRONG'} after ${took} s, ${beside} queries beside it`;
}

let failed = false;
await Promise.all(
  Object.entries(routes).flatMap(([route, url]) =>
    values.adapter.split(',').map(async (name) => {
      const { default: adapter } = (await import(fileOf(name))) as { default: ContractAdapter };
      const client = await adapter.open({ url, options: {}, max: 2 });
      const said = await watch(client).catch((error: Error) => `FAILED: ${error.message}`);
      failed ||= !said.startsWith('answered');
      console.log(`${route.padEnd(8)}${name.padEnd(20)}${said}`);
      await client.end();
    }),
  ),
);
process.exitCode = failed ? 1 : 0;
