// What each command does, run by the pinned Node. `npm test` is the sum of all checks that take no long time.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handOver } from './hand-over.mjs';
import { publishedPackages } from './published-packages.mjs';

const [task, ...asked] = process.argv.slice(2);
const args = asked.filter((arg) => arg !== '--slow');
const run = (command, commandArgs) =>
  spawnSync(command, commandArgs, { stdio: 'inherit', env: process.env }).status ?? 1;
const turbo = (...tasks) =>
  run('pnpm', [
    'exec',
    'turbo',
    'run',
    ...tasks,
    '--output-logs=errors-only',
    '--log-order=grouped',
    '--no-update-notifier',
  ]);

/** What a run leaves out: npm test, and with --slow CI. */
const withoutSlow = '--tags-filter=!slow && !release';
const withoutRelease = '--tags-filter=!release';
/** A package names the other versions of drivers or ORMs that it supports in such files. */
const driverVersionConfigs = () => globSync('packages/*/vitest.*.config.ts').sort();

/** The checks that are not tests, each counted as one. */
const checks = {
  'lint and format': () => run('pnpm', ['exec', 'biome', 'ci', '--max-diagnostics=50', '.']),
  'imports go down only': () =>
    run('pnpm', ['exec', 'depcruise', '--config', '.dependency-cruiser.mjs', ...globSync('packages/*/src')]),
  'nothing is unused': () => run('pnpm', ['exec', 'knip', '--no-progress', '--treat-config-hints-as-errors']),
  'every public name is documented': () =>
    run('pnpm', ['--dir', join('docs', 'api-reference'), 'start', '--emit', 'none', '--logLevel', 'Warn']),
  'build, types, publint and are-the-types-wrong': () => turbo('build', 'typecheck', 'check:package'),
  // After the build, whose files these read.
  'no package weighs more than its budget': () => run('pnpm', ['exec', 'size-limit', '--silent']),
  'the public API is the one written down': () => run('node', [join('scripts', 'api-reports.mjs')]),
};

function runChecks() {
  let passed = 0;
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    console.log(`\n> ${name}`);
    if (check() === 0) passed += 1;
    else {
      failed += 1;
      console.error(`FAILED: ${name}`);
    }
  }
  return { passed, failed };
}

/** Runs vitest, and counts. Tests that were not asked for are left out, which is not to be skipped. */
function runTests(vitestArgs) {
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-test-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const status = run('pnpm', ['exec', 'vitest', 'run', ...reporters, ...vitestArgs]);
    const { numPassedTests, numFailedTests, success, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const notRun = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'skipped' || status === 'pending' || status === 'todo');
    const filter = vitestArgs.find((arg) => arg.startsWith('--tags-filter='));
    const leftOut = notRun.filter(({ tags }) => tags.some((tag) => filter?.includes(`!${tag}`)));
    // An unhandled error or a file that does not load fails the run without failing a test.
    const failed = numFailedTests === 0 && (status !== 0 || !success) ? 1 : numFailedTests;
    if (leftOut.length > 0) console.log(`${leftOut.length} tests are left out: npm run test:all`);
    return { passed: numPassedTests, failed, skipped: notRun.length - leftOut.length };
  } catch (error) {
    console.error(`The test run gave no report: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the checks, unless only some files were asked for, and the tests. The last line is the sum of all. */
function runAll({ slow, driverVersions }) {
  const sums = args.length > 0 ? { passed: 0, failed: 0 } : runChecks();
  let skipped = 0;
  const count = (name, vitestArgs) => {
    console.log(`\n> ${name}`);
    const tests = runTests([...vitestArgs, ...args]);
    sums.passed += tests.passed;
    sums.failed += tests.failed;
    skipped += tests.skipped;
  };
  count('tests', driverVersions ? [] : [slow ? withoutRelease : withoutSlow]);
  if (driverVersions)
    for (const config of driverVersionConfigs()) count(config, ['--config', config, '--passWithNoTests']);
  console.log(`\n${sums.passed} passed, ${sums.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return sums.failed === 0 ? 0 : 1;
}

const tasks = {
  build: () => turbo('build'),
  'docs:api': () => run('pnpm', ['--dir', join('docs', 'api-reference'), 'start']),
  // The site, from docs/, the READMEs and the API reference, with every link followed; `-- preview` serves what was built.
  'docs:site': () => run('pnpm', ['--dir', join('docs', 'site'), args[0] ?? 'start']),
  // Writes the public API of each package down again, after a change of it.
  api: () => turbo('build') || run('node', [join('scripts', 'api-reports.mjs'), '--update']),
  check: () => (runChecks().failed === 0 ? 0 : 1),
  format: () => run('pnpm', ['exec', 'biome', 'check', '--write', '.']),
  audit: () => run('node', [join('scripts', 'audit.mjs')]),
  // What comes with each published package, as CycloneDX: sbom/NAME.cdx.json.
  sbom: () =>
    run('pnpm', [
      ...publishedPackages(process.cwd()),
      ...['sbom', '--sbom-format', 'cyclonedx', '--prod', '--split'],
      ...['--out', join('sbom', '%s.cdx.json')],
    ]),
  changeset: () => run('pnpm', ['exec', 'changeset', ...args]),
  // `npm run release -- version` writes versions and changelogs, `-- publish` publishes what the registry does not have: for the release workflow.
  release: () => (args[0] === 'publish' ? turbo('build') : 0) || run('pnpm', ['exec', 'changeset', ...args]),
  // The adapters' tests over the other versions that they support of drivers and ORMs.
  matrix: () =>
    driverVersionConfigs()
      .map((config) => run('pnpm', ['exec', 'vitest', 'run', '--config', config, ...args]))
      .find((status) => status !== 0) ?? 0,
  // The contract over the other versions of PostgreSQL and PgBouncer; `npm run servers -- 14` for one.
  servers: () => run('node', [join('scripts', 'server-versions.mjs'), ...args]),
  // Every failure, in every state, by every route, over the newest and the oldest driver; `npm run truth -- packages/pg` for one package.
  truth: () => {
    process.env.AZURE_PG_LONG_TESTS = '1';
    const folders = args.length > 0 ? args : ['packages'];
    const oldest = globSync('packages/*/vitest.oldest.config.ts')
      .filter((config) => folders.some((folder) => config.startsWith(folder)))
      .sort();
    const contract = ['--testNamePattern', 'truth, '];
    return (
      [[], ...oldest.map((config) => ['--config', config])]
        .map((config) => run('pnpm', ['exec', 'vitest', 'run', ...config, ...contract, ...args]))
        .find((status) => status !== 0) ?? 0
    );
  },
  // Asks a real server on Azure what the emulator assumes of it: see live/README.md.
  live: () => run('pnpm', ['--dir', 'live', 'start', ...args]),
  // What is claimed about speed and size, into benchmarks/results.md; `npm run bench -- queries` measures and prints one part.
  bench: () => turbo('build') || run('pnpm', ['--dir', 'benchmarks', 'bench', ...args]),
  soak: () => run('pnpm', ['--dir', 'benchmarks', 'soak', ...args]),
  fuzz: () => run('pnpm', ['--dir', 'benchmarks', 'fuzz', ...args]),
  // Every failure in every state, the bare drivers beside ours; `npm run faults -- --adapter pg --cells` for one, cell by cell.
  faults: () => run('pnpm', ['--dir', 'benchmarks', 'faults', ...args]),
  // Outages of every kind, the bare drivers beside ours; `npm run failover -- --adapter pg --outage silent` for some.
  failover: () => run('pnpm', ['--dir', 'benchmarks', 'failover', ...args]),
  // Public programs, unchanged, over `register`; `npm run programs -- knex typeorm` for some.
  programs: () => turbo('build') || run('pnpm', ['--dir', 'benchmarks', 'programs', ...args]),
  // README's programs in projects of their own; `npm run fresh-projects -- types pg` for a part of it.
  'fresh-projects': () => turbo('build') || run('pnpm', ['--dir', 'fresh-projects', 'projects', ...args]),
  // Bundlers, on the packages as they are published; `npm run bundles -- esbuild next` for some.
  bundles: () => turbo('build') || run('pnpm', ['--dir', 'fresh-projects', 'bundles', ...args]),
  // The test suites of pg and of what is built on it, over pg alone, under `register`, and over our classes; `npm run public-suites -- --suite node-postgres/packages/pg` for a checkout.
  'public-suites': () =>
    turbo('build', '--filter=@azure-pg/pg', '--filter=@azure-pg/emulator') ||
    run('pnpm', ['--dir', 'fresh-projects', 'public-suites', ...args]),
  demo: () =>
    turbo('build', '--filter=@azure-pg/demo^...') ||
    handOver('node', [join('examples', 'demo', 'demo.ts'), ...args]),
  example: () => {
    const name = args[0] ?? 'pg';
    return (
      turbo('build', `--filter=@azure-pg/example-${name}^...`) ||
      handOver('pnpm', ['--dir', join('examples', name), 'start'])
    );
  },
  // With --slow also those tests that are left out otherwise.
  test: () => runAll({ slow: asked.includes('--slow'), driverVersions: false }),
  'test:all': () => runAll({ slow: true, driverVersions: true }),
};

if (!Object.hasOwn(tasks, task)) {
  console.error(`Unknown task "${task}". There are: ${Object.keys(tasks).join(', ')}.`);
  process.exit(2);
}
process.exit(await tasks[task]());
