// Every block of code in a README or a page is run by a test, or stands here with the reason why it is not.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (file) => readFileSync(new URL(file, root), 'utf8');
const manifest = JSON.parse(read('package.json'));

const pages = globSync(
  ['README.md', 'CONTRIBUTING.md', 'docs/*.md', 'live/README.md', 'packages/*/README.md'],
  {
    cwd: root,
  },
).sort();
const blocks = pages.flatMap((file) =>
  [...read(file).matchAll(/^( *)```([^\n]*)\n(.*?)^\1```$/gms)].map(([, , info, code]) => ({
    file,
    info,
    code,
  })),
);

/** The first rule that fits a block holds: the test that runs it, `by`; or `not`, why nothing does. */
const rules = [
  // Installing: every package by npm, pnpm and Yarn, from its tarball.
  { code: /^npm install /, by: 'fresh-projects/fresh-projects.ts' },
  { info: /^sh az$/, not: 'needs a subscription; its words are checked against the published reference' },
  { info: /unchecked$/, not: 'no compiler or cluster for it where the tests run' },
  { file: /^docs\/getting-started/, by: 'packages/cli/test/getting-started.test.ts' },
  { file: /^docs\/deploying/, by: 'examples/recipes/test/deploying.test.ts' },
  { file: /^docs\/moving-over/, by: 'examples/recipes/test/moving-over.test.ts' },
  {
    file: /^docs\/other-drivers/,
    info: /^(?:js pg|ts)$/,
    by: 'packages/core/test/credentials/other-drivers.test.ts',
  },
  { file: /^docs\/other-drivers/, by: 'examples/recipes/test/recipes.test.ts' },
  {
    file: /^docs\/(?:connection-strings|pgbouncer)/,
    info: /^[tj]s$/,
    by: 'packages/core/test/pages.test.ts',
  },
  { file: /^docs\/credentials/, info: /^ts$/, by: 'packages/core/test/pages.test.ts' },
  { file: /^docs\/credentials/, info: /^$/, by: 'packages/core/test/credentials/key-vault.test.ts' },
  {
    file: /^docs\/observability/,
    code: /readiness|asking/,
    by: 'packages/opentelemetry/test/readiness.test.ts',
  },
  { file: /^docs\/observability/, by: 'packages/opentelemetry/test/readme.test.ts' },
  {
    file: /^docs\/reliability/,
    code: /^await runTransaction\(pool/,
    not: 'the forms of one call side by side; each package runs its own in its README',
  },
  { file: /^docs\/reliability/, info: /^ts$/, by: 'packages/pg/test/failover.test.ts' },
  { file: /^docs\/unchanged-programs/, code: /^bun/, by: 'fresh-projects/try-runtimes.ts' },
  {
    file: /^docs\/unchanged-programs/,
    code: /next|server\.js/,
    not: 'Next.js takes minutes to build: by hand, with the version that the page names',
  },
  // Commands of this repository.
  {
    code: /^(?:#.*\n)*(?:npm (?:run|test)|git clone)/,
    commands: true,
    not: 'starts this very repository; that each command exists is checked here',
  },
  { file: /^CONTRIBUTING/, info: /^$/, not: 'a map of the folders' },
  { file: /^live\//, by: 'live/test/live.test.ts' },
  { file: /^README/, info: /^(?:diff|sh)$/, by: 'packages/pg/test/readme.test.ts' },
  { file: /^packages\/contract\//, not: 'parts of a file that packages/template has whole' },
  { file: /^packages\/(?:template|postgrejs)\//, not: 'not published' },
  { file: /^packages\/cli\//, code: /^\$ azure-pg doctor/, by: 'packages/cli/test/doctor-report.test.ts' },
  { file: /^packages\/cli\//, code: /^\$ azure-pg exec/, by: 'packages/cli/test/exec.test.ts' },
  { file: /^packages\/cli\//, code: /^\$ azure-pg run/, by: 'packages/cli/test/run.test.ts' },
  { file: /^packages\/cli\//, code: /^\$ (?:azure-pg proxy|psql)/, by: 'packages/cli/test/proxy.test.ts' },
  { file: /^packages\/cli\//, by: 'packages/cli/test/readme.test.ts' },
  { file: /^packages\/emulator\//, info: /^ts$/, by: 'packages/emulator/test/readme.test.ts' },
  { file: /^packages\/emulator\//, info: /^java$/, not: 'needs a container engine' },
  {
    file: /^packages\/emulator\//,
    code: /psql/,
    not: 'psql, curl and jq of the machine: by hand; fixed-address.test.ts does it with pg',
  },
  { file: /^packages\/emulator\//, code: /^npx/, by: 'packages/emulator/test/command-line.test.ts' },
  { file: /^packages\/emulator\//, code: /^jobs:/, by: 'scripts/test/workflows.test.mjs' },
  { file: /^packages\/emulator\//, info: /^yaml$/, not: 'a setting of pnpm’s' },
  { file: /^packages\/pg\//, code: /^node --import/, by: 'packages/pg/test/register.test.ts' },
  // The first program of each README says what the diff above it comes to; the other programs are run as well.
  { file: /^packages\/[\w-]+\//, by: 'packages/*/test/readme.test.ts' },
];

const fits = (rule, { file, info, code }) =>
  (rule.file ?? /^/).test(file) && (rule.info ?? /^/).test(info) && (rule.code ?? /^/).test(code);
const ruleOf = (block) => rules.find((rule) => fits(rule, block));
const name = ({ file, info, code }) => `${file}, ${info || 'text'}: ${code.split('\n')[0]}`;

it('there is a rule for each block, and a block for each rule', () => {
  expect(blocks.length).toBeGreaterThan(100);
  expect(blocks.filter((block) => ruleOf(block) === undefined).map(name)).toEqual([]);
  const used = new Set(blocks.map(ruleOf));
  expect(rules.filter((rule) => !used.has(rule))).toEqual([]);
});

it('what runs a block is there', () => {
  const missing = blocks
    .map((block) => ({ block, by: ruleOf(block)?.by?.replace('*', block.file.split('/')[1]) }))
    .filter(({ by }) => by !== undefined && !existsSync(new URL(by, root)));
  expect(missing.map(({ block, by }) => `${by} for ${name(block)}`)).toEqual([]);
});

it('every command of this repository that is named exists', () => {
  const named = blocks
    .filter((block) => ruleOf(block)?.commands)
    .flatMap(({ code }) => [...code.matchAll(/npm run ([\w:-]+)/g)].map(([, command]) => command));
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((command) => !(command in manifest.scripts))).toEqual([]);
});
