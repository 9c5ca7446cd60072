// Tens of thousands of servers that do not keep to the protocol: conversations with bytes changed, messages missing, repeated or cut off,
// impossible lengths, and connections that end or fall silent at any byte, while a connection is opened by the core and by each adapter.
//
//   node --conditions=@azure-pg/source fuzz.ts [--handshakes 10000] [--adapter core,pg,…] [--seed 1] [--show 5]
//
// An adapter gets a twentieth of the handshakes. Exits with 1 when a connect ended with an error that is none of ours, a server's or the
// system's, never ended, left something unhandled, or kept a file from being read.
import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ContractAdapter, errorChain } from '@azure-pg/contract';
import { openConnection, resolveConnection } from '@azure-pg/core';
import { createCertificateAuthority } from '@azure-pg/emulator';
import fc from 'fast-check';
import {
  hostileConversation,
  type Plan,
  password,
  plans,
} from '../packages/core/test/fuzz/hostile-conversation.ts';
import { HostileServer } from '../packages/core/test/hostile-server.ts';
import { fileOf, ours } from './contract-adapters.ts';

const { values } = parseArgs({
  options: {
    handshakes: { type: 'string', default: '10000' },
    adapter: { type: 'string', default: ['core', ...ours].join(',') },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    show: { type: 'string', default: '5' },
  },
});
const seed = Number(values.seed);
/** Connects at the same time; each has its own server. */
const slots = 24;
/** Milliseconds for a connect, and what says that it hangs. */
const deadline = 1000;
const hangs = 30_000;

interface Report {
  handshakes: number;
  opened: number;
  readonly rejected: Map<string, number>;
  readonly untyped: string[];
  readonly hung: string[];
  readonly unhandled: string[];
  /** Files that could not be looked at while connections were opened. */
  files: number;
}

/** Opens one connection, uses it and closes it. */
type Attempt = (port: number, plan: Plan) => Promise<void>;

const sslmodeOf = ({ manners }: Plan): string => (manners.tls === 'none' ? 'disable' : 'prefer');
const urlOf = (port: number, plan: Plan): string =>
  `postgresql://ada:${password}@127.0.0.1:${port}/app?sslmode=${sslmodeOf(plan)}&target_session_attrs=read-write&connect_timeout=1&connect_retry_timeout=0`;

const throughCore: Attempt = async (port, plan) => {
  const connection = resolveConnection(urlOf(port, plan), { logger }, {});
  const { socket } = await openConnection(connection, { connectTimeout: deadline });
  socket.destroy();
};
const logger = { warn() {} };

function through(adapter: ContractAdapter): Attempt {
  return async (port, plan) => {
    const client = await adapter.open({ url: urlOf(port, plan), options: { logger }, max: 1 });
    try {
      await client.query('select 1');
    } finally {
      await client.end();
    }
  };
}

/** Its names, outermost first; undefined where a program could not tell what happened, or where something of ours or the driver's broke. */
function nameOf(error: unknown): string | undefined {
  const chain = errorChain(error) as { name?: unknown; code?: unknown; kind?: unknown }[];
  if (chain.some((one) => /^(?:Type|Range|Syntax|Reference|Assertion)Error$/.test(String(one.name))))
    return undefined;
  const codes = chain.flatMap(({ code, kind }) =>
    typeof code === 'string' ? [code] : typeof kind === 'string' ? [kind] : [],
  );
  // A server may say anything for a SQLSTATE.
  return codes[0] === undefined || /^\w+$/.test(codes[0]) ? codes[0] : 'no SQLSTATE';
}

async function run(name: string, attempt: Attempt, handshakes: number): Promise<Report> {
  const report: Report = {
    handshakes,
    opened: 0,
    rejected: new Map(),
    untyped: [],
    hung: [],
    unhandled: [],
    files: 0,
  };
  const onUnhandled = (error: unknown): void =>
    void report.unhandled.push(String((error as Error)?.stack ?? error));
  process.on('unhandledRejection', onUnhandled).on('uncaughtException', onUnhandled);
  const queue = fc.sample(plans, { seed, numRuns: handshakes });
  const certificate = await authority.issue({ names: ['localhost'] });
  let running = true;
  const reading = readFiles(report, () => running);
  await Promise.all(
    Array.from({ length: slots }, async () => {
      let plan: Plan | undefined;
      await using server = await HostileServer.start(
        hostileConversation(() => plan as Plan, certificate, name !== 'core'),
      );
      for (plan = queue.pop(); plan !== undefined; plan = queue.pop()) {
        const words = JSON.stringify(plan);
        const done = attempt(server.port, plan).then(
          () => report.opened++,
          (error: unknown) => {
            const known = nameOf(error);
            if (known === undefined) report.untyped.push(`${(error as Error)?.stack ?? error}\n${words}`);
            else report.rejected.set(known, (report.rejected.get(known) ?? 0) + 1);
          },
        );
        const watch = new AbortController();
        const overdue = wait(hangs, true, { signal: watch.signal }).catch(() => false);
        if (await Promise.race([done.then(() => false), overdue])) report.hung.push(words);
        watch.abort();
      }
    }),
  );
  running = false;
  await reading;
  process.off('unhandledRejection', onUnhandled).off('uncaughtException', onUnhandled);
  return report;
}

/** One file after the other, as a program would that has something else to do. */
async function readFiles(report: Report, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    const watch = new AbortController();
    const overdue = wait(hangs, true, { signal: watch.signal }).catch(() => false);
    if (await Promise.race([stat(import.meta.filename).then(() => false), overdue])) report.files++;
    watch.abort();
    await wait(1);
  }
}

const authority = await createCertificateAuthority();
process.removeAllListeners('warning');
console.log(`seed ${seed}`);
for (const name of values.adapter.split(',')) {
  const core = name === 'core';
  const attempt = core
    ? throughCore
    : through(((await import(fileOf(name))) as { default: ContractAdapter }).default);
  const handshakes = Math.ceil(Number(values.handshakes) / (core ? 1 : 20));
  const { opened, rejected, untyped, hung, unhandled, files } = await run(name, attempt, handshakes);
  const codes = [...rejected]
    .sort(([, one], [, other]) => other - one)
    .map(([code, count]) => `${code} ${count}`);
  console.log(
    `${name}: ${handshakes} handshakes, ${opened} opened, ${untyped.length} untyped, ${hung.length} hung, ${unhandled.length} unhandled, ${files} files not read`,
  );
  console.log(`    rejected: ${codes.join(', ')}`);
  const faults = [...untyped, ...hung, ...unhandled];
  for (const fault of faults.slice(0, Number(values.show))) console.log(`    ${fault}`);
  if (faults.length > 0 || files > 0) process.exitCode = 1;
}
