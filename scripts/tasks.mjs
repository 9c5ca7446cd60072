// What each command does, run by the pinned Node. `npm test` is the sum of all checks.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [task, ...args] = process.argv.slice(2);
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

/** The checks that are no tests, each counted as one. */
const checks = {
  'lint and format': () => run('pnpm', ['exec', 'biome', 'ci', '--max-diagnostics=50', '.']),
  'imports go down only': () =>
    run('pnpm', ['exec', 'depcruise', '--config', '.dependency-cruiser.mjs', ...globSync('packages/*/src')]),
  'build, types, publint and are-the-types-wrong': () => turbo('build', 'typecheck', 'check:package'),
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

function runTests(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-test-'));
  const report = join(folder, 'report.json');
  try {
    console.log('\n> tests');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const status = run('pnpm', ['exec', 'vitest', 'run', ...reporters, ...filters]);
    const { numPassedTests, numFailedTests, numPendingTests, success } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // An unhandled error or a file that does not load fails the run without failing a test.
    const failed = numFailedTests === 0 && (status !== 0 || !success) ? 1 : numFailedTests;
    return { passed: numPassedTests, failed, skipped: numPendingTests };
  } catch (error) {
    console.error(`The test run gave no report: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tasks = {
  build: () => turbo('build'),
  check: () => (runChecks().failed === 0 ? 0 : 1),
  format: () => run('pnpm', ['exec', 'biome', 'check', '--write', '.']),
  changeset: () => run('pnpm', ['exec', 'changeset', ...args]),
  // The adapters' tests at the other end of each supported range; a package names its ends in vitest.*.config.ts.
  matrix: () =>
    globSync('packages/*/vitest.*.config.ts')
      .sort()
      .map((config) => run('pnpm', ['exec', 'vitest', 'run', '--config', config, ...args]))
      .find((status) => status !== 0) ?? 0,
  // Every failure, in every state, by every route, at both ends of each supported range; `npm run truth -- packages/pg` for one package.
  truth: () => {
    process.env.AZURE_PG_LONG_TESTS = '1';
    const folders = args.length > 0 ? args : ['packages'];
    const ends = globSync('packages/*/vitest.oldest.config.ts')
      .filter((config) => folders.some((folder) => config.startsWith(folder)))
      .sort();
    const contract = ['--testNamePattern', 'truth, '];
    return (
      [[], ...ends.map((config) => ['--config', config])]
        .map((config) => run('pnpm', ['exec', 'vitest', 'run', ...config, ...contract, ...args]))
        .find((status) => status !== 0) ?? 0
    );
  },
  soak: () => run('pnpm', ['--dir', 'benchmarks', 'soak', ...args]),
  demo: () =>
    turbo('build', '--filter=@azure-pg/demo^...') ||
    run('node', [join('examples', 'demo', 'demo.ts'), ...args]),
  example: () => {
    const name = args[0] ?? 'pg';
    return (
      turbo('build', `--filter=@azure-pg/example-${name}^...`) ||
      run('pnpm', ['--dir', join('examples', name), 'start'])
    );
  },
  test: () => {
    const sums = args.length > 0 ? { passed: 0, failed: 0 } : runChecks();
    const tests = runTests(args);
    const failed = sums.failed + tests.failed;
    const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
    console.log(`\n${sums.passed + tests.passed} passed, ${failed} failed${skipped}`);
    return failed === 0 ? 0 : 1;
  },
};

if (!Object.hasOwn(tasks, task)) {
  console.error(`Unknown task "${task}". There are: ${Object.keys(tasks).join(', ')}.`);
  process.exit(2);
}
process.exit(tasks[task]());
