// The test suites of pg, and of what is built on it, over pg alone, under `@azure-pg/pg/register`, and with our classes in the place of pg's.
// Run: npm run public-suites [-- NAME…] [-- --suite node-postgres/packages/pg] [-- --pg 8.11.0]
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEmulator } from '@azure-pg/emulator';
import { differences } from './public-suites/differences.ts';
import { installSuite } from './public-suites/install-suite.ts';
import { isSame, type Outcome, outcomeOf, passesToo } from './public-suites/outcome.ts';
import { npmSuites, pgSuite, type Suite } from './public-suites/suites.ts';
import { Table } from './table.ts';

const packageOfOurs = fileURLToPath(new URL('../packages/pg', import.meta.url));
const ofPg = readFileSync(join(packageOfOurs, 'node_modules', 'pg', 'package.json'), 'utf8');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: 'string' },
    pg: { type: 'string', default: JSON.parse(ofPg).version },
    /** Only such files. */
    file: { type: 'string', default: '' },
  },
});

const preloads = {
  register: join(packageOfOurs, 'dist', 'register.js'),
  ours: fileURLToPath(new URL('./public-suites/always-ours.mjs', import.meta.url)),
};
/** Times that each way runs a file before its outcome counts as different: some tests are about milliseconds, and this machine may be busy. */
const rounds = 6;
const place = mkdtempSync(join(tmpdir(), 'azure-pg-suites-'));
const table = new Table(['suite', 'files', 'pass with pg', 'tests', 'under register', 'our classes']);

/** An ordinary PostgreSQL, whose user may do all, by password, with TLS or without. */
const emulator = await startEmulator({
  pooler: false,
  postgres: { hba: ['host all all 127.0.0.1/32 scram-sha-256'] },
});
const { host, port, user, password } = emulator.postgres;
await emulator.query(`alter role ${user} superuser`);
await emulator.query('create table users(id serial primary key, username varchar(50) not null)');
const environment = {
  ...{ PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: 'postgres' },
  // As for pg, which knows no "prefer": TLS has a pace of its own, and some tests are about milliseconds.
  PGSSLMODE: 'disable',
  USER: userInfo().username,
  ...{ SCRAM_TEST_PGUSER: user, SCRAM_TEST_PGPASSWORD: password },
  DATABASE_TEST_URL: `postgres://${user}:${password}@${host}:${port}/postgres`,
};

async function runSuite(suite: Suite, folder: string): Promise<void> {
  const { name, leftOut = [], first } = suite;
  const env = {
    ...environment,
    ...(suite.pool === undefined ? {} : { AZURE_PG_SUITES_POOL: join(folder, suite.pool) }),
  };
  const files = suite.files
    .flatMap((pattern) => globSync(pattern, { cwd: folder }))
    .filter((file) => !leftOut.some((pattern) => matchesGlob(file, pattern)) && file.includes(values.file))
    .sort();
  if (first !== undefined) await outcomeOf(suite, folder, first, undefined, env);
  const sums = { passing: 0, tests: 0, register: 0, ours: 0, unexpected: 0 };
  for (const file of files) {
    const bare = await outcomeOf(suite, folder, file, undefined, env);
    const cells: string[] = [];
    for (const way of ['register', 'ours'] as const) {
      const { same, last } = await comparedWith(bare, suite, folder, file, way, env);
      if (same) sums[way] += 1;
      const reason = way === 'ours' ? differences[`${name.split(' ')[0]} ${file}`] : undefined;
      if (!same && reason === undefined) {
        sums.unexpected += 1;
        console.error(`\n${name}, ${file}, ${way}: ${whatDiffers(bare, last)}\n${last.output.slice(-2500)}`);
      }
      cells.push(same ? 'the same' : reason === undefined ? 'DIFFERENT' : `different: ${reason}`);
    }
    if (bare.code === 0) sums.passing += 1;
    sums.tests += bare.passed.length;
    console.log(
      `${name}, ${file}: ${bare.code === 0 ? 'passes' : 'fails'}; register ${cells[0]}; our classes ${cells[1]}`,
    );
  }
  const of = (count: number): string => (count === files.length ? 'all the same' : `${count} the same`);
  table.add(
    [name, String(files.length), String(sums.passing), String(sums.tests), of(sums.register), of(sums.ours)],
    sums.unexpected > 0,
  );
}

/** A test may depend on luck: where the outcomes differ, each way gets another chance to give what the other gave. */
async function comparedWith(
  bare: Outcome,
  suite: Suite,
  folder: string,
  file: string,
  way: keyof typeof preloads,
  env: NodeJS.ProcessEnv,
): Promise<{ same: boolean; last: Outcome }> {
  const isGood = way === 'register' ? isSame : passesToo;
  const seen = { bare: [bare], other: [] as Outcome[] };
  let last = bare;
  for (let round = 1; round <= rounds; round += 1) {
    last = await outcomeOf(suite, folder, file, preloads[way], env);
    seen.other.push(last);
    if (seen.bare.some((one) => seen.other.some((other) => isGood(one, other)))) return { same: true, last };
    if (round < rounds) seen.bare.push(await outcomeOf(suite, folder, file, undefined, env));
  }
  return { same: false, last };
}

function whatDiffers(bare: Outcome, other: Outcome): string {
  const lost = bare.passed.filter((test) => !other.passed.includes(test));
  const won = other.passed.filter((test) => !bare.passed.includes(test));
  return `exit code ${other.code} instead of ${bare.code}; no longer passes: ${lost.join('; ') || 'none'}; passes now: ${won.join('; ') || 'none'}`;
}

try {
  if (values.suite !== undefined) await runSuite(pgSuite, values.suite);
  else {
    const chosen = npmSuites.filter(
      ({ name }) => positionals.length === 0 || positionals.some((word) => name.startsWith(word)),
    );
    if (chosen.length === 0) throw new Error(`No suite is called ${positionals.join(' or ')}`);
    for (const suite of chosen) {
      const folder = join(place, String(npmSuites.indexOf(suite)));
      await installSuite(suite, folder, values.pg);
      await runSuite(suite, folder);
    }
  }
} finally {
  await emulator.stop();
  rmSync(place, { recursive: true, force: true });
}
console.log('');
table.print();
process.exitCode = table.wrong === 0 ? 0 : 1;
