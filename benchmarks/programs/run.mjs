// Public programs and libraries, unchanged, over `--import …/register`: each is installed from the registry in a folder of its own and does its first
// work in a database of Azure's kind, without a password, directly and through the pooler. `npm run programs`, or `npm run programs -- knex typeorm`. Those that take minutes to install (`// slow`) run when they are asked for.
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmulator } from '@azure-pg/emulator';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
const own = ['core', 'pg', 'postgresjs'];
const asked = process.argv.slice(2);
const sourceOf = (name) => readFileSync(join(here, `${name}.mjs`), 'utf8');
/** A folder in which what is installed stays, for the next time. */
const kept = process.env.AZURE_PG_PROGRAMS;
/** The Node.js that runs the programs. */
const node = process.env.AZURE_PG_PROGRAMS_NODE ?? process.execPath;
const names = readdirSync(here)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.replace('.mjs', ''))
  .filter((name) => (asked.length === 0 ? !/^\/\/ slow$/m.test(sourceOf(name)) : asked.includes(name)));

async function install(name, folder) {
  const [, packages] = /^\/\/ npm: (.*)$/m.exec(sourceOf(name));
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  if (!existsSync(join(folder, 'node_modules'))) {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    // What is built is built for the Node.js that will run it.
    const options = {
      cwd: folder,
      env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
    };
    await run('npm', ['install', ...flags, ...packages.split(' '), '@azure/identity'], options);
    const [, built] = /^\/\/ builds: (.*)$/m.exec(sourceOf(name)) ?? [];
    if (built !== undefined) await run('npm', ['rebuild', '--loglevel=error', ...built.split(' ')], options);
  }
  for (const each of own) {
    const to = join(folder, 'node_modules', '@azure-pg', each);
    mkdirSync(to, { recursive: true });
    for (const part of ['package.json', 'dist'])
      cpSync(join(root, 'packages', each, part), join(to, part), { recursive: true });
  }
  cpSync(join(here, `${name}.mjs`), join(folder, 'program.mjs'));
  return packages
    .split(' ')
    .filter((each) => !each.startsWith('--'))
    .map((each) => {
      const package_ = each.replace(/(.)@.*$/, '$1');
      const { version } = JSON.parse(
        readFileSync(join(folder, 'node_modules', package_, 'package.json'), 'utf8'),
      );
      return `${package_} ${version}`;
    });
}

async function outcome(folder, env) {
  const NODE_OPTIONS = ['pg', 'postgresjs'].map((each) => `--import=@azure-pg/${each}/register`).join(' ');
  try {
    const { stdout } = await run(node, ['program.mjs'], {
      cwd: folder,
      env: { ...env, NODE_OPTIONS },
      timeout: 180_000,
    });
    // Some say more.
    const said = stdout.trim().split('\n');
    return said.includes('[{"text":"deux"}] local-app') ? 'works' : `gave ${stdout.trim().slice(0, 200)}`;
  } catch (error) {
    process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? error.message}\n`);
    return 'fails';
  }
}

const rows = [];
for (const name of names) {
  const folder =
    kept === undefined ? mkdtempSync(join(tmpdir(), `azure-pg-program-${name}-`)) : join(kept, name);
  mkdirSync(folder, { recursive: true });
  const emulator = await startEmulator({ ports: { pooled: 6432 }, pooler: { adversarial: true } });
  try {
    const versions = await install(name, folder);
    await emulator.query(
      'grant create on schema public to "local-app"; grant create on database postgres to "local-app"',
    );
    // A program knows nothing of hostaddr and of the emulator's authority; libpq's variables say it.
    const url = new URL(emulator.url);
    const at = (port) => `postgresql://${url.hostname}:${port}/postgres`;
    const { direct, pooled } = emulator.ports;
    const outcomes = [];
    for (const port of [direct, pooled]) {
      const env = {
        ...process.env,
        ...emulator.env,
        PGHOSTADDR: '127.0.0.1',
        PGSSLROOTCERT: emulator.ca.file,
        DATABASE_URL: at(port),
        DATABASE_URL_DIRECT: at(direct),
        // The server's own port is not Azure's here.
        DATABASE_URL_KNOWING_DIRECT: `${at(port)}?direct_port=${direct}`,
      };
      outcomes.push(await outcome(folder, env));
    }
    rows.push([name, versions.join(', '), ...outcomes]);
  } catch (error) {
    rows.push([name, String(error.stderr ?? error.message).slice(0, 200), 'not installed', 'not installed']);
  } finally {
    await emulator.stop();
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
  console.log(`| ${rows.at(-1).join(' | ')} |`);
}
process.exitCode = rows.every(([, , ...outcomes]) => outcomes.every((each) => each === 'works')) ? 0 : 1;
