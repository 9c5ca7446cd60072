// Is detectPooling ever wrong? Trials against real PostgreSQL and PgBouncer, idle and under load from other clients of the same pool.
//
//   node --conditions=@azure-pg/source pooling-detection.ts [--trials 100] [--only transaction]
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type DetectedPooling, detectPooling, resolveConnection } from '@azure-pg/core';
import { type PoolerOptions, startEmulator } from '@azure-pg/emulator';
import type { HammerOptions } from './hammer.ts';

const { values } = parseArgs({
  options: { trials: { type: 'string', default: '100' }, only: { type: 'string', default: '' } },
});
const trials = Number(values.trials);

type Mode = 'direct' | 'session' | 'transaction' | 'statement';
interface Scenario {
  readonly mode: Mode;
  readonly statements: number;
  readonly load: 'idle' | '50 hammering' | '50 at ease' | '5 discarding';
  readonly pooler?: PoolerOptions;
  readonly note?: string;
}

const scenarios: Scenario[] = [];
for (const mode of ['direct', 'session', 'transaction', 'statement'] as const) {
  for (const statements of [0, 200]) {
    for (const load of ['idle', '50 hammering'] as const) scenarios.push({ mode, statements, load });
  }
}
// Pools that are unlike Azure's, where telling session from transaction mode is hardest.
for (const load of ['idle', '50 hammering'] as const) {
  const hard = { mode: 'transaction', statements: 0, load } as const;
  scenarios.push({ ...hard, pooler: { poolSize: 2 }, note: 'two servers' });
  scenarios.push({ ...hard, pooler: { poolSize: 6, adversarial: true }, note: 'server_round_robin' });
}
for (const load of ['50 at ease', '5 discarding'] as const) {
  scenarios.push({ mode: 'transaction', statements: 0, load });
  scenarios.push({ mode: 'session', statements: 0, load });
}

const expected = ({
  mode,
  statements,
}: Scenario): Pick<DetectedPooling, 'poolMode' | 'preparedStatements'> => ({
  poolMode: mode === 'direct' ? 'none' : mode,
  preparedStatements: mode === 'direct' || mode === 'session' || statements > 0,
});

let wrongTotal = 0;
let unknownTotal = 0;
let total = 0;
console.log('mode         statements  load           trials  wrong  unknown  median ms  slowest ms');
for (const scenario of scenarios) {
  const { mode, statements, load, note } = scenario;
  if (values.only !== '' && !`${mode} ${load} ${note}`.includes(values.only)) continue;
  await using emulator = await startEmulator({
    pooler: {
      poolMode: mode === 'direct' ? 'session' : mode,
      maxPreparedStatements: statements,
      // In session mode every client holds a server of its own.
      poolSize: mode === 'session' ? 80 : 50,
      ...scenario.pooler,
    },
    postgres: { settings: { max_connections: 200 } },
  });
  const url = mode === 'direct' ? emulator.postgres.url : (emulator.pgbouncer?.url ?? '');
  const hammer =
    load === 'idle' ? undefined : startHammer(await hammerOptions(load, url, emulator.ca.file, mode));
  if (hammer !== undefined) await new Promise((resolve) => setTimeout(resolve, 1000));
  const connection = resolveConnection(url);
  const wanted = expected(scenario);
  const times: number[] = [];
  let wrong = 0;
  let unknown = 0;
  for (let trial = 0; trial < trials; trial++) {
    const started = performance.now();
    const found = await detectPooling(connection);
    times.push(performance.now() - started);
    const isUnknown = found.poolMode === 'unknown' || found.preparedStatements === 'unknown';
    const isWrong =
      (found.poolMode !== 'unknown' && found.poolMode !== wanted.poolMode) ||
      (found.preparedStatements !== 'unknown' && found.preparedStatements !== wanted.preparedStatements);
    if (isUnknown) unknown++;
    if (isWrong) wrong++;
    if (isWrong || isUnknown) console.log('   ', JSON.stringify(found));
  }
  times.sort((a, b) => a - b);
  const done = await hammer?.();
  const columns = [
    mode.padEnd(12),
    String(statements).padEnd(11),
    load.padEnd(14),
    ...[trials, wrong, unknown].map((count, index) => String(count).padStart([6, 6, 8][index] ?? 0)),
    (times[times.length >> 1] ?? 0).toFixed(0).padStart(10),
    (times.at(-1) ?? 0).toFixed(0).padStart(11),
    note === undefined ? '' : `  ${note}`,
    done === undefined ? '' : `  (others: ${done.queries} queries, ${done.errors} errors)`,
  ];
  console.log(columns.join(' '));
  wrongTotal += wrong;
  unknownTotal += unknown;
  total += trials;
}
console.log(
  `${total} trials: ${wrongTotal} wrong, ${unknownTotal} unknown (${((100 * unknownTotal) / total).toFixed(2)} %)`,
);
process.exitCode = wrongTotal > 0 || unknownTotal >= total / 100 ? 1 : 0;

async function hammerOptions(
  load: Scenario['load'],
  url: string,
  caFile: string,
  mode: Mode,
): Promise<HammerOptions> {
  return {
    url,
    ca: await readFile(caFile, 'utf8'),
    clients: load === '5 discarding' ? 5 : 50,
    transactions: mode !== 'statement',
    pause: { idle: 0, '50 hammering': 2, '50 at ease': 500, '5 discarding': 20 }[load],
    discards: load === '5 discarding' ? 0.5 : 0.02,
  };
}

function startHammer(workerData: HammerOptions): () => Promise<{ queries: number; errors: number }> {
  const worker = new Worker(new URL('./hammer.ts', import.meta.url), { workerData });
  return () =>
    new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', resolve);
      worker.postMessage('stop');
    });
}
