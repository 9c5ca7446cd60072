// Is every answer true, for as long as you like? Every adapter, direct and through a pooler that puts every transaction on another server,
// with Entra tokens that live 5 s and an outage every 20 s: a restart of the server or the pooler, connections that break without a word, a sign-in service that fails. Each
// operation is checked in the database.
//
//   node --conditions=@azure-pg/source soak.ts [--minutes 15] [--seconds 60] [--every 20] [--adapter pg,postgresjs] [--show 10]
//
// Exits with 1 when an answer was untrue, an operation was never answered, or an error went unhandled.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type FaultProxy, faultProxy, truthTables } from '@azure-pg/contract/truth';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { startProcess } from './adapter-process.ts';
import { fileOf, ours } from './contract-adapters.ts';
import type { Order, Report } from './soak-child.ts';

const { values } = parseArgs({
  options: {
    adapter: { type: 'string', default: ours.join(',') },
    minutes: { type: 'string', default: '15' },
    seconds: { type: 'string' },
    every: { type: 'string', default: '20' },
    show: { type: 'string', default: '10' },
  },
});
const milliseconds = 1000 * Number(values.seconds ?? Number(values.minutes) * 60);
const names = values.adapter.split(',');
/** Seconds of silence after which the server is asked; and milliseconds until the last of three answers. */
const silenceCheck = 2;
const untilNoticed = 10_000;
names.forEach(fileOf);

await using emulator = await startEmulator({
  tokenLifetime: 5,
  pooler: {
    adversarial: true,
    maxPreparedStatements: 200,
    poolSize: 50,
    settings: { server_login_retry: 1 },
  },
  postgres: { settings: { max_connections: 500 } },
});
await emulator.query(truthTables);
// Between the programs and the server; through a pooler nobody can tell that an answer was lost, so that way is only reset.
await using direct = await faultProxy(emulator.ports.direct);
await using pooled = await faultProxy(emulator.ports.pooled);
await using own = await faultProxy(emulator.ports.postgres);

const children = names.map((name) => start(name, emulator));
const rounds = outages(emulator, children);
const reports = await Promise.all(children.map(({ report }) => report));
const count = await rounds;

console.log(`${milliseconds / 1000} s, ${count} outages`);
console.log('adapter             operations   told  untrue  hangs  unhandled');
for (const [index, { operations, told, untrue, hangs, unhandled }] of reports.entries()) {
  const figures = [
    [operations, 10],
    [told, 6],
    [untrue.length, 7],
    [hangs.length, 6],
    [unhandled.length, 10],
  ] as const;
  console.log(
    [String(names[index]).padEnd(19), ...figures.map(([n, width]) => String(n).padStart(width))].join(' '),
  );
  const all = [...untrue, ...hangs, ...unhandled];
  for (const each of all.slice(0, Number(values.show))) console.log(`    ${each}`);
  if (all.length > 0) process.exitCode = 1;
}

interface Child {
  readonly process: ChildProcess;
  readonly report: Promise<Report>;
  ended: boolean;
}

function start(name: string, { env, url, pooledUrl, postgres, pgbouncer, ca }: Emulator): Child {
  const bare = name.startsWith('bare-');
  const { host, port, user, password } = postgres;
  const order: Order = {
    adapterFile: fileOf(name),
    urls: bare
      ? [through(own, postgres.url), pgbouncer?.url ?? '']
      : [through(direct, `${url}&silence_check_after=${silenceCheck}`), through(pooled, pooledUrl)],
    plain: { host, port, user, password, database: 'postgres', ssl: { ca: ca.pem } },
    milliseconds,
  };
  const child = startProcess('soak-child.ts', order, env);
  const started: Child = { process: child, ended: false, report: reportOf(child) };
  child.once('exit', () => {
    started.ended = true;
  });
  return started;
}

/** What a child says; it must then end by itself. */
async function reportOf(child: ChildProcess): Promise<Report> {
  const ended = once(child, 'exit');
  const said = once(child, 'message') as Promise<[Report]>;
  const first = await Promise.race([said, ended.then(() => undefined)]);
  if (first === undefined) {
    const [code] = (await ended) as [number];
    return { operations: 0, told: 0, untrue: [], hangs: [], unhandled: [`the process ended with ${code}`] };
  }
  const [report] = first;
  const late = await Promise.race([ended.then(() => false), wait(30_000, true, { ref: false })]);
  if (!late) return report;
  child.kill('SIGKILL');
  return { ...report, hangs: [...report.hangs, 'the process did not end by itself'] };
}

/** A URL that leads through a proxy. */
function through(proxy: FaultProxy, text: string): string {
  const url = new URL(text);
  url.port = String(proxy.port);
  return url.href;
}

/** Until every child has ended: one kind of outage after the other, and round. */
async function outages({ postgres, pgbouncer, entra }: Emulator, all: readonly Child[]): Promise<number> {
  const tell = (down: boolean): void => {
    for (const { process: child } of all) if (child.connected) child.send({ down });
  };
  const steps = [
    () => postgres.restart('fast'),
    () => pgbouncer?.restart(),
    async () => {
      for (const proxy of [direct, own]) proxy.silence();
      await wait(untilNoticed);
    },
    () => postgres.restart('immediate'),
    async () => {
      entra.fail('500');
      // Longer than a token lives: connects have to wait, or fail.
      await wait(8000);
      entra.fail(undefined);
    },
    () => {
      for (const proxy of [direct, pooled, own]) proxy.reset();
    },
  ];
  let count = 0;
  for (const until = Date.now() + milliseconds; ; ) {
    await wait(Math.min(1000 * Number(values.every), Math.max(0, until - Date.now())));
    if (Date.now() >= until || all.every(({ ended }) => ended)) return count;
    tell(true);
    await steps[count++ % steps.length]?.();
    tell(false);
  }
}
