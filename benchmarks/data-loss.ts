// Does every reported commit exist, and no reported failure? Through real PgBouncer in transaction mode, in pools that hide nothing.
//
//   node --conditions=@azure-pg/source data-loss.ts [--adapter pg,postgresjs] [--transactions 500] [--workers 20] [--restarts 5]
//     [--statements 0,200]
//
// Exits with 1 when a reported commit is missing, a reported failure is there, or a transaction is there in half.
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type PoolerOptions, startEmulator } from '@azure-pg/emulator';
import { adapters, type OpenWriter, RolledBack } from './soak-adapters.ts';

const { values } = parseArgs({
  options: {
    adapter: {
      type: 'string',
      default: Object.keys(adapters)
        .filter((name) => !name.startsWith('bare-'))
        .join(','),
    },
    transactions: { type: 'string', default: '500' },
    workers: { type: 'string', default: '20' },
    restarts: { type: 'string', default: '5' },
    statements: { type: 'string', default: '0,200' },
  },
});
const perWorker = Number(values.transactions);
const workers = Number(values.workers);
const total = workers * perWorker;

/** An ordinary pooler gives a lone client the same server over and over, and so hides what gets lost between servers. */
const pools: Readonly<Record<string, PoolerOptions>> = {
  'two servers': { poolSize: 2 },
  'every transaction on another': { poolSize: 6, adversarial: true },
};

interface Row {
  readonly id: number;
  readonly parts: number;
}

// Restarts break connections, of which the adapters warn.
process.removeAllListeners('warning');

let failed = false;
console.log(
  'adapter     statements  pool                          restarts  commits  failures  missing  unwanted  halves  unclear  tx/s',
);
for (const name of values.adapter.split(',')) {
  const open = adapters[name];
  if (open === undefined)
    throw new Error(`There is no adapter "${name}": ${Object.keys(adapters).join(', ')}`);
  for (const maxPreparedStatements of values.statements.split(',').map(Number)) {
    for (const pool of Object.keys(pools)) {
      for (const restarts of new Set([0, Number(values.restarts)])) {
        await soak(name, open, maxPreparedStatements, pool, restarts);
      }
    }
  }
}
process.exitCode = failed ? 1 : 0;

async function soak(
  name: string,
  open: OpenWriter,
  maxPreparedStatements: number,
  pool: string,
  restarts: number,
): Promise<void> {
  await using emulator = await startEmulator({ pooler: { maxPreparedStatements, ...pools[pool] } });
  const { pgbouncer } = emulator;
  if (pgbouncer === undefined) throw new Error('There is no PgBouncer');
  await emulator.query('create table soak (id int, part int)');
  await emulator.query('grant all on soak to app');
  const url = `${pgbouncer.url}&pool_mode=transaction&max_prepared_statements=${maxPreparedStatements}`;
  const writer = await open(url, workers);

  const committed = new Set<number>();
  const rolledBack = new Set<number>();
  /** Failed otherwise: what was underway when the connection broke may have been committed without our hearing of it. */
  const failures = new Map<number, unknown>();
  const started = performance.now();
  const work = async (worker: number): Promise<void> => {
    for (let count = 0; count < perWorker; count++) {
      const id = worker * perWorker + count;
      try {
        // One in ten changes its mind.
        await writer.transaction(id, count % 10 !== 9);
        committed.add(id);
      } catch (error) {
        if (error instanceof RolledBack) rolledBack.add(id);
        else {
          failures.set(id, error);
          await wait(20);
        }
      }
    }
  };
  const restart = async (): Promise<void> => {
    for (let count = 1; count <= restarts; count++) {
      const until = (total * count) / (restarts + 1);
      while (committed.size + rolledBack.size + failures.size < until) await wait(5);
      await pgbouncer.restart();
    }
  };
  await Promise.all([restart(), ...Array.from({ length: workers }, (_, worker) => work(worker))]);
  const seconds = (performance.now() - started) / 1000;
  await writer.end().catch(() => {});

  const rows = await emulator.query<Row>('select id, count(*)::int as parts from soak group by id');
  const there = new Map(rows.map(({ id, parts }) => [id, parts]));
  const missing = [...committed].filter((id) => !there.has(id)).length;
  const present = [...failures.keys()].filter((id) => there.has(id));
  const clear = restarts === 0 ? present : present.filter((id) => isServerError(failures.get(id)));
  const unwanted = clear.length + [...rolledBack].filter((id) => there.has(id)).length;
  const halves = rows.filter(({ parts }) => parts !== 2).length;
  // Without restarts nothing may fail but what was meant to.
  if (missing + unwanted + halves > 0 || (restarts === 0 && failures.size > 0)) failed = true;
  const figures = [
    [restarts, 8],
    [committed.size, 8],
    [rolledBack.size + failures.size, 9],
    [missing, 8],
    [unwanted, 9],
    [halves, 7],
    [present.length - clear.length, 8],
    [Math.round(total / seconds), 5],
  ] as const;
  const columns = [name.padEnd(11), String(maxPreparedStatements).padEnd(11), pool.padEnd(29)];
  console.log([...columns, ...figures.map(([figure, width]) => String(figure).padStart(width))].join(' '));
  const kinds = new Map<string, number>();
  for (const error of failures.values()) kinds.set(describe(error), (kinds.get(describe(error)) ?? 0) + 1);
  for (const [kind, count] of kinds) console.log(`              ${count} × ${kind}`);
}

/** The server said no, so it knows of no commit: an SQLSTATE that is not about the connection itself. */
function isServerError(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code);
}

function describe(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return `${code ?? ''} ${String(message)
    .replaceAll(/"[^"]*"/g, '"…"')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 100)}`;
}
