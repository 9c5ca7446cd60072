import { spawn } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCertificateAuthority, type Emulator, startEmulator } from '@azure-pg/emulator';
import { makeProject, packageManagers } from './package-managers.ts';
import { projects } from './projects.ts';
import { plainEnvironment, type Ran } from './run.ts';
import { fetchRuntimes, type Runtime } from './runtimes.ts';
import { Table } from './table.ts';

const programs = fileURLToPath(new URL('./programs/runtimes', import.meta.url));

const clauses = [
  'token',
  'plaintext',
  'foreign certificate',
  'another name',
  'pooled',
  'commit',
  'cancel',
  'restart',
];

interface Tried {
  readonly program: string;
  readonly project: string;
  readonly runtimes: RegExp;
  readonly leftOut: readonly string[];
  /** A program that imports the driver itself, and the module that is loaded before it: Deno takes only a file for that. */
  readonly unchanged?: { readonly driver: string; readonly register: string };
}

/** What is tried: our packages in a project of their own, and what is run there. */
const tried: readonly Tried[] = [
  { program: 'pg', project: 'pg', runtimes: /Node|Bun|Deno/, leftOut: [] },
  {
    program: 'pg',
    project: 'pg',
    runtimes: /Node|Bun|Deno/,
    leftOut: [],
    unchanged: { driver: 'pg', register: 'node_modules/@azure-pg/pg/dist/register.js' },
  },
  { program: 'postgresjs', project: 'postgresjs', runtimes: /Node|Bun|Deno/, leftOut: [] },
  // Bun's own client, which does as it is told about TLS.
  { program: 'bun-sql', project: 'core', runtimes: /Bun/, leftOut: ['plaintext'] },
];

/** The essentials of the contract, on Node.js, Bun and Deno, a process for each; what they did is looked up in the database. */
export async function tryRuntimes(
  folder: string,
  packed: Readonly<Record<string, string>>,
  asked: (name: string) => boolean,
): Promise<Table> {
  const runtimes = await fetchRuntimes(join(folder, 'runtimes'), /Node\.js 24|Bun|Deno/);
  const table = new Table(['package', 'clause', ...runtimes.map(({ name }) => name)]);
  const emulator = await startEmulator();
  try {
    await emulator.query('create table essentials (mark text)');
    await emulator.query('grant all on essentials to public');
    const foreignCa = join(folder, 'foreign-ca.pem');
    writeFileSync(foreignCa, (await createCertificateAuthority('somebody else')).pem);
    for (const each of tried.filter((one) => asked(one.project))) {
      const { program, project, runtimes: those, leftOut, unchanged } = each;
      const place = join(folder, String(tried.indexOf(each)));
      const manager = packageManagers[0] as (typeof packageManagers)[number];
      const made = projects.find(({ name }) => name === project) as (typeof projects)[number];
      const problem = await makeProject(place, made, manager, packed, '');
      if (problem !== undefined) throw new Error(`${project} does not install: ${problem.slice(-3000)}`);
      cpSync(programs, place, { recursive: true });
      for (const clause of clauses.filter((one) => !leftOut.includes(one))) {
        const cells: string[] = [];
        for (const runtime of runtimes) {
          if (!those.test(runtime.name)) cells.push('');
          else cells.push(await hold(emulator, runtime, place, each, clause, foreignCa));
        }
        table.add(
          [unchanged === undefined ? program : `${program}, register`, clause, ...cells],
          cells.some((cell) => cell === 'WRONG'),
        );
      }
    }
  } finally {
    await emulator.stop();
  }
  return table;
}

async function hold(
  emulator: Emulator,
  runtime: Runtime,
  place: string,
  { program, unchanged }: Tried,
  clause: string,
  foreignCa: string,
): Promise<string> {
  const file = join(place, `${program}.mjs`);
  const mark = `${file} ${runtime.name}`;
  const before = unchanged === undefined ? [] : [runtime.preload, join(place, unchanged.register)];
  const env = plainEnvironment({
    ...emulator.env,
    // Not DATABASE_URL, which Bun's own client reads by itself.
    DATABASE_URL: undefined,
    DIRECT_URL: emulator.url,
    POOLED_URL: `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`,
    FOREIGN_CA: foreignCa,
    AZURE_PG_ALLOWED_HOSTS: 'not-its-name.localhost',
    MARK: mark,
    DRIVER: unchanged?.driver,
    ...(file.endsWith('bun-sql.mjs')
      ? { PGUSER: emulator.identities[0]?.roleName, SERVER_CA: emulator.ca.file }
      : {}),
  });
  const { code, output } = await start(runtime, [...before, file, clause], env, () =>
    emulator.postgres.restart(),
  );
  const sleeping = await emulator.query(
    `select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(30)'`,
  );
  const wanted = clause === 'commit' ? [{ mark: `${mark} committed` }] : [];
  const found = await emulator.query('delete from essentials where mark like $1 returning mark', [
    `${mark}%`,
  ]);
  const inDatabase = JSON.stringify(found) === JSON.stringify(wanted) && sleeping.length === 0;
  if (code === 0 && /^ok$/m.test(output) && inDatabase) return 'ok';
  const seen = JSON.stringify({ found, sleeping: sleeping.length });
  console.error(`\n${file}, ${clause}, ${runtime.name} (${code}), ${seen}:\n${output.slice(0, 2500)}`);
  return 'WRONG';
}

/** Runs a program to its end; what it asks for meanwhile is done. */
function start(
  { command, args }: Runtime,
  more: readonly string[],
  env: NodeJS.ProcessEnv,
  restart: () => Promise<void>,
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args, ...more], {
      env,
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let restarts: Promise<void> | undefined;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (/^restart now$/m.test(output)) restarts ??= restart();
      });
    }
    child.on('error', (error) => resolve({ code: null, output: String(error) }));
    child.on('close', async (code) => {
      await restarts;
      resolve({ code, output });
    });
  });
}
