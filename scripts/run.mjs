// Every command of the repository begins here. It runs on whatever Node the machine has (20 or newer), fetches the pinned
// Node and pnpm, installs what the lockfile names, and hands over to them. A second run finds all in place.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handOver } from './hand-over.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const toolchain = join(root, 'toolchain');
const tools = join(toolchain, 'node_modules', '.bin');
const [task, ...args] = process.argv.slice(2);

// npm hands its own settings down as environment variables; pnpm would read some of them as its own.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_(config|package|lifecycle)_/i.test(name)),
);
environment.PATH = `${tools}${delimiter}${process.env.PATH ?? ''}`;
environment.TURBO_TELEMETRY_DISABLED = '1';
environment.DO_NOT_TRACK = '1';

function run(command, commandArgs, options = {}) {
  const done = spawnSync(command, commandArgs, { cwd: root, env: environment, stdio: 'inherit', ...options });
  if (done.error) throw done.error;
  if (done.signal) process.kill(process.pid, done.signal);
  return done.status ?? 1;
}

/** Runs a step only when one of the files it depends on has changed since it last succeeded. */
function once(name, files, result, step) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file))).update('\0');
  const stamp = join(toolchain, 'node_modules', `.${name}.stamp`);
  const state = hash.digest('hex');
  if (existsSync(result) && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  rmSync(stamp, { force: true });
  const status = step();
  if (status !== 0) {
    console.error(
      `\nSetting up failed at "${name}" (exit code ${status}). Where the lines above do not say why: the npm registry must be reachable.`,
    );
    process.exit(status);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, state);
}

once('toolchain', ['toolchain/package.json', 'toolchain/package-lock.json'], tools, () =>
  // npm itself needs the settings that are kept from pnpm. Its engine warning is about the machine's Node, not the pinned one.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: toolchain, env: process.env }),
);
/** npm's own settings that pnpm does not find: those of npm's global npmrc, where companies put their proxy's certificate and mirror. */
function npmSettings() {
  const asked = spawnSync('npm', ['config', 'list', '--json'], {
    cwd: root,
    env: process.env,
    encoding: 'utf8',
  });
  let settings = {};
  try {
    settings = JSON.parse(asked.stdout);
  } catch {
    // Then pnpm's own settings must do.
  }
  const { cafile, registry } = settings;
  return {
    ...(cafile && !environment.NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS: cafile } : {}),
    ...(registry ? { pnpm_config_registry: registry } : {}),
  };
}
const manifests = ['packages', 'examples']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name, 'package.json')))
  .filter((file) => existsSync(join(root, file)));
once(
  'install',
  ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests],
  join(root, 'node_modules', '.pnpm'),
  () =>
    // An added dependency is installed, and gets its line in the lockfile. In CI, pnpm itself refuses a lockfile that lacks one.
    run('pnpm', ['install', '--reporter=append-only'], {
      env: { ...environment, ...npmSettings() },
    }),
);

process.exit(
  await handOver('node', [join('scripts', 'tasks.mjs'), task ?? '', ...args], {
    cwd: root,
    env: environment,
  }),
);
