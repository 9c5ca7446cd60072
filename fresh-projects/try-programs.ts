import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { makeProject, packageManagers } from './package-managers.ts';
import { asCommonJs, asModule, programs } from './programs.ts';
import { projects } from './projects.ts';
import { plainEnvironment, run } from './run.ts';
import { fetchRuntimes, type Runtime } from './runtimes.ts';
import { Table } from './table.ts';

/** Runs the first program of each adapter's README through the pooler: installed with each package manager, as both kinds of modules, on every runtime. */
export async function tryPrograms(
  folder: string,
  packed: Readonly<Record<string, string>>,
  asked: (name: string) => boolean,
): Promise<Table> {
  const runtimes = await fetchRuntimes(join(folder, 'runtimes'));
  const yarn = await fetchYarn(join(folder, 'yarn'));
  const table = new Table(['project', 'installed by', 'modules', ...runtimes.map(({ name }) => name)]);
  const emulator = await startEmulator();
  try {
    for (const project of projects.filter(({ name }) => programs[name] !== undefined && asked(name))) {
      for (const manager of packageManagers) {
        const place = join(folder, `${project.name}-${manager.name}`);
        const problem = await makeProject(place, project, manager, packed, yarn);
        if (problem !== undefined) {
          console.error(`\n${project.name}: ${manager.name} fails:\n${problem.slice(-3000)}`);
          table.add([project.name, manager.name, 'WRONG: does not install'], true);
          continue;
        }
        const program = programs[project.name] as (typeof programs)[string];
        writeFileSync(join(place, 'program.mjs'), asModule(program));
        writeFileSync(join(place, 'program.cjs'), asCommonJs(program));
        for (const file of ['program.mjs', 'program.cjs']) {
          const cells: string[] = [];
          for (const runtime of runtimes)
            cells.push(await start(emulator, runtime, place, file, program.prints, project.esmOnly ?? false));
          table.add(
            [project.name, manager.name, file.endsWith('mjs') ? 'ESM' : 'CommonJS', ...cells],
            cells.some((cell) => cell.startsWith('WRONG')),
          );
        }
      }
    }
  } finally {
    await emulator.stop();
  }
  return table;
}

async function start(
  emulator: Emulator,
  { name, command, args }: Runtime,
  cwd: string,
  file: string,
  prints: RegExp,
  esmOnly: boolean,
): Promise<string> {
  const url = `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`;
  const env = plainEnvironment({ ...emulator.env, DATABASE_URL: url });
  const { code, output } = await run(command, [...args, join(cwd, file)], { cwd, env, timeout: 60_000 });
  if (code === 0 && prints.test(output)) return 'ok';
  // What another package of the project refuses is not ours.
  if (esmOnly && /ERR_REQUIRE_ESM/.test(output) && file.endsWith('cjs')) return 'ESM only';
  console.error(`\n${cwd}, ${file}, ${name} (${code}):\n${output.slice(0, 2500)}`);
  return 'WRONG';
}

async function fetchYarn(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', '@yarnpkg/cli-dist@4'];
  const { code, output } = await run('npm', args, { cwd: folder, env: plainEnvironment() });
  if (code !== 0) throw new Error(`Yarn cannot be had: ${output}`);
  return join(folder, 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
}
