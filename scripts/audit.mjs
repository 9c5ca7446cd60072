// What can be known of the packages that others wrote: their licences, their age, and advisories about them.
import { spawnSync } from 'node:child_process';

const pnpm = (args, options) => spawnSync('pnpm', args, { encoding: 'utf8', ...options });

const checks = {
  licences: () =>
    spawnSync('node', ['scripts/licences.mjs'], { stdio: 'inherit' }).status === 0 ? 'ok' : 'failed',
  // Installing trusts the lockfile, which a pull request shows; here each of its lines is held against the registry.
  'no release younger than minimumReleaseAge': () => {
    const args = [
      'install',
      '--frozen-lockfile',
      '--lockfile-only',
      '--no-trust-lockfile',
      '--reporter=append-only',
    ];
    const { status, stdout, stderr } = pnpm(args);
    if (status === 0) return 'ok';
    console.error(stdout + stderr);
    return /active policies reject/.test(stdout + stderr) ? 'failed' : 'unknown';
  },
  'no known vulnerability': () => {
    const { status, stdout, stderr } = pnpm(['audit', '--audit-level=moderate']);
    const said = stdout + stderr;
    if (status === 0) return 'ok';
    console.error(said);
    // What it found it says in a table, and why it could not look in an error of its own.
    return /\[ERR_PNPM_\w+\]/.test(said) ? 'unknown' : 'failed';
  },
};

const verdicts = Object.entries(checks).map(([name, check]) => {
  const verdict = check();
  console.log(`${verdict.padEnd(8)}${name}`);
  return verdict;
});
if (verdicts.includes('failed')) process.exit(1);
if (verdicts.includes('unknown')) {
  console.error(
    'Not everything could be checked: the registry does not answer. Name one that does: pnpm_config_registry=URL npm run audit',
  );
  process.exit(2);
}
