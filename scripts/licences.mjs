// The licences of everything that is installed, and of what comes with the published packages: node scripts/licences.mjs [FOLDER]
import { execFileSync } from 'node:child_process';
import { publishedPackages } from './published-packages.mjs';

/** What may come with the packages: it asks for no more than to be named. */
const permissive = [
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
];
/** What may be used to build and test them as well: it asks for something only of those who pass it on. */
const forTools = [...permissive, 'MPL-2.0', 'EPL-2.0', 'Python-2.0', 'CC-BY-4.0', 'CC0-1.0'];

/** Whether an SPDX expression can be satisfied: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions */
function isAllowed(expression, allowed) {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  const take = (word) => tokens[0]?.toUpperCase() === word && tokens.shift() !== undefined;
  const all = () => {
    let answer = one();
    while (take('AND')) answer = one() && answer;
    return answer;
  };
  const any = () => {
    let answer = all();
    while (take('OR')) answer = all() || answer;
    return answer;
  };
  const one = () => {
    if (!take('(')) return allowed.includes(tokens.shift());
    const answer = any();
    return take(')') && answer;
  };
  return any() && tokens.length === 0;
}

function refused(root, pnpmArgs, allowed) {
  const listing = execFileSync('pnpm', [...pnpmArgs, '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // With nothing to list it says so in words.
  const byLicence = listing.trimStart().startsWith('{') ? JSON.parse(listing) : {};
  return Object.entries(byLicence).flatMap(([licence, packages]) =>
    isAllowed(licence, allowed)
      ? []
      : packages.map(({ name, versions }) => `${name}@${versions.join(', ')}: ${licence}`),
  );
}

const root = process.argv[2] ?? process.cwd();
const published = [...publishedPackages(root), 'licenses', 'list', '--prod'];
const problems = [
  ...refused(root, published, permissive).map((line) => `${line} (comes with a published package)`),
  ...refused(root, ['--recursive', 'licenses', 'list'], forTools),
];
for (const problem of problems) console.error(`Not allowed: ${problem}`);
if (problems.length > 0)
  console.error(
    'A licence that may be used belongs into scripts/licences.mjs; otherwise do without the package.',
  );
process.exit(problems.length > 0 ? 1 : 0);
