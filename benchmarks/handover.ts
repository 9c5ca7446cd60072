// What handing over a finished socket costs: queries per second through pg and postgres.js with the core's socket, against the bare
// drivers with their own TLS, on PostgreSQL's own TLS port, at 1 and 8 connections. Both sides take turns in the same run, so that whatever
// else the machine does meets both; the figures are medians. The processor's time that one query takes in this process is given as well:
// a busy machine changes it least. Run: pnpm handover [rounds]
import { readFileSync } from 'node:fs';
import { startEmulator } from '@azure-pg/emulator';
import { Pool as OurPool } from '@azure-pg/pg';
import ourPostgres from '@azure-pg/postgresjs';
import pg from 'pg';
import postgres from 'postgres';

const rounds = Number(process.argv[2] ?? 60);
// Short, so that a busy moment of the machine meets both sides.
const milliseconds = 100;

interface Contender {
  query(): Promise<unknown>;
  end(): Promise<unknown>;
}

const emulator = await startEmulator({ pooler: false });
try {
  const { host, port, user, password, url } = emulator.postgres;
  const ca = readFileSync(emulator.ca.file, 'utf8');
  const place = { host: 'localhost', port, user, password, database: 'postgres' };
  const pair: Record<string, (max: number) => [bare: Contender, ours: Contender]> = {
    pg: (max) => [
      ofPool(new pg.Pool({ ...place, max, ssl: { ca } })),
      ofPool(new OurPool({ connectionString: url, max })),
    ],
    'postgres.js': (max) => [
      ofSql(postgres({ ...place, max, ssl: { ca } })),
      ofSql(ourPostgres(url, { max }) as unknown as postgres.Sql),
    ],
  };
  console.log(
    `${rounds} rounds of ${milliseconds} ms, PostgreSQL ${emulator.postgres.version} over TLS on ${host}, Node.js ${process.version}`,
  );
  for (const [driver, make] of Object.entries(pair)) {
    for (const connections of [1, 8]) {
      const contenders = make(connections);
      for (const contender of contenders) await rate(contender, connections);
      const rates: [number[], number[]] = [[], []];
      const costs: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        // Which goes first in one round goes second in the next.
        for (const index of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
          const { perSecond, cost } = await rate(contenders[index], connections);
          rates[index].push(perSecond);
          costs[index].push(cost);
        }
      }
      for (const contender of contenders) await contender.end();
      const [bare, ours] = rates.map(median) as [number, number];
      const [bareCost, ourCost] = costs.map(median) as [number, number];
      console.log(
        [
          `${driver.padEnd(12)}${connections} connection${connections === 1 ? ' ' : 's'}`,
          `bare ${bare.toFixed(0)}/s, ours ${ours.toFixed(0)}/s: ratio ${(ours / bare).toFixed(3)}`,
          `processor ${bareCost.toFixed(1)} µs, ours ${ourCost.toFixed(1)} µs per query: ratio ${(ourCost / bareCost).toFixed(3)}`,
        ].join(' | '),
      );
    }
  }
} finally {
  await emulator.stop();
}

function ofPool(pool: pg.Pool): Contender {
  return { query: () => pool.query('select $1::int as n', [1]), end: () => pool.end() };
}

function ofSql(sql: postgres.Sql): Contender {
  return { query: () => sql`select ${1}::int as n`, end: () => sql.end() };
}

/** Queries per second with so many under way at any time, and microseconds of this process' processor time for each. */
async function rate(contender: Contender, atOnce: number): Promise<{ perSecond: number; cost: number }> {
  const processor = process.cpuUsage();
  const begun = performance.now();
  const end = begun + milliseconds;
  let count = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      await contender.query();
      count++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const { user, system } = process.cpuUsage(processor);
  return { perSecond: (count / (performance.now() - begun)) * 1000, cost: (user + system) / count };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
