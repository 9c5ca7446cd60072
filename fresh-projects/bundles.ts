// Builds small programs with the bundlers that people use, from the packages as they are published, with and without the optional peers,
// and runs each bundle in a folder where nothing is installed. Run: npm run bundles [-- BUNDLER…]
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { type Bundler, bundlers } from './bundlers.ts';
import { packPackages } from './packed-packages.ts';
import { plainEnvironment, run } from './run.ts';

const asked = process.argv.slice(2);
const peers = ['@azure/identity', '@azure/keyvault-secrets'];
/** The last majors; pinned, so that a table can be made again. */
const tools = [
  ...['esbuild@0.28', 'webpack@5', 'webpack-cli@7', 'rollup@4', 'vite@~8.3.8'],
  ...['@rollup/plugin-node-resolve@16', '@rollup/plugin-commonjs@29', '@rollup/plugin-json@6'],
];

/** Each asks the server who signed in, and writes what came of it on one line. */
const answer = `.then((name) => console.log('signed in as ' + name), ({ code, message }) => console.log(code + ': ' + message))`;
const programs = {
  pg: `import { Pool } from '@azure-pg/pg';
const pool = new Pool(process.env.DATABASE_URL);
pool.query('select current_user as name').then(({ rows }) => rows[0].name)${answer}.finally(() => pool.end());`,
  postgresjs: `import postgres from '@azure-pg/postgresjs';
const sql = postgres(process.env.DATABASE_URL);
sql\`select current_user as name\`.then((rows) => rows[0].name)${answer}.finally(() => sql.end());`,
};
const nextRoute = `import { Pool } from '@azure-pg/pg';
const pool = new Pool(process.env.DATABASE_URL);
export const dynamic = 'force-dynamic';
export async function GET() {
  const text = await pool.query('select current_user as name').then(
    ({ rows }) => 'signed in as ' + rows[0].name, ({ code, message }) => code + ': ' + message);
  return new Response(text);
}`;

const place = mkdtempSync(join(tmpdir(), 'azure-pg-bundles-'));
const rows: string[][] = [];
let wrong = 0;

async function install(folder: string, packages: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages];
  const { code, output } = await run('npm', args, { cwd: folder, env: plainEnvironment() });
  if (code !== 0) throw new Error(`npm install ${packages.join(' ')} failed:\n${output}`);
}

const size = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /\.[cm]?js$/.test(file.name))
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

/** How often the core is in there, by a sentence that it has once. */
async function copiesOfCore(folder: string): Promise<number> {
  const { output } = await run('grep', ['-rhoF', 'is not an Azure Key Vault, so it gets', folder], {
    cwd: folder,
  });
  return output.trim() === '' ? 0 : output.trim().split('\n').length;
}

/** What is tried of each bundle: a password, a token of the platform's identity, and one that needs @azure/identity. */
function signIns(emulator: Emulator): ReadonlyArray<{ title: string; url: string; needsPeer: boolean }> {
  return [
    { title: 'password', url: emulator.postgres.url, needsPeer: false },
    { title: 'token', url: emulator.url, needsPeer: false },
    { title: 'token by the library', url: `${emulator.url}&azure_identity=always`, needsPeer: true },
  ];
}

async function tryBundler(bundler: Bundler, project: string, withPeers: boolean, emulator: Emulator) {
  const { title, program, expected = {} } = bundler;
  const out = join(
    bundler.besidePackages ? project : place,
    'out',
    `${title.replaceAll(/\W+/g, '-')}-${withPeers ? 'with' : 'without'}`,
  );
  const entry = join(project, `${program}.js`);
  const started = Date.now();
  const built = await bundler.build({ project, entry, out, tools: join(place, 'node_modules', '.bin') });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const row = [title, program, withPeers ? 'yes' : 'no'];
  if (built.code !== 0) {
    wrong += 1;
    console.error(
      `\n${title}, ${program}, peers ${withPeers}: the build failed\n${built.output.slice(-4000)}`,
    );
    rows.push([...row, 'fails', '', '', '', '', '']);
    return;
  }
  const bundle = join(out, bundler.bundle ?? '.');
  const copies = await copiesOfCore(bundle);
  if (copies > 1) wrong += 1;
  const results: string[] = [];
  for (const { title: what, url, needsPeer } of signIns(emulator)) {
    const env = plainEnvironment({ ...emulator.env, DATABASE_URL: url });
    const output = await bundler.start(out, env);
    const line =
      output
        .trim()
        .split('\n')
        .find((text) => /signed in as|[A-Z_]{6,}: /.test(text)) ?? output.trim();
    const wanted =
      (withPeers ? expected.withPeers?.[what] : undefined) ??
      (needsPeer && !withPeers
        ? /MISSING_DEPENDENCY: .*@azure\/identity is not installed/
        : /signed in as (app|local-app)$/);
    const good = wanted.test(line);
    if (!good) {
      wrong += 1;
      console.error(`\n${title}, ${program}, peers ${withPeers}, ${what}: ${line.slice(0, 2000)}`);
    }
    results.push(`${good ? '' : 'WRONG: '}${line.replace(/^signed in as /, '').replace(/:.*/s, '')}`);
  }
  rows.push([...row, `${seconds} s`, `${Math.round(size(bundle) / 1024)} kB`, String(copies), ...results]);
}

function print(): void {
  const head = [
    'bundler',
    'program',
    'peers',
    'build',
    'size',
    'cores',
    'password',
    'token',
    'token by the library',
  ];
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  console.log([line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n'));
}

const emulator = await startEmulator({ pooler: false });
try {
  const packages = await packPackages(join(place, 'packed'));
  const file = (name: string): string => packages[`@azure-pg/${name}`] ?? '';
  // Above the projects, where a bundler is found, and no peer is.
  await install(place, tools);
  const own = [
    file('core'),
    file('pg'),
    file('postgresjs'),
    'pg',
    'postgres',
    'next@16',
    'react@19',
    'react-dom@19',
  ];
  for (const withPeers of [false, true]) {
    const project = join(place, withPeers ? 'with-peers' : 'without-peers');
    await install(project, withPeers ? [...own, ...peers] : own);
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(project, `${name}.js`), text);
    const app = join(project, 'app');
    mkdirSync(join(app, 'who'), { recursive: true });
    writeFileSync(
      join(app, 'layout.jsx'),
      'export default ({ children }) => <html lang="en"><body>{children}</body></html>;',
    );
    writeFileSync(join(app, 'page.jsx'), 'export default () => <p>A page</p>;');
    writeFileSync(join(app, 'who', 'route.js'), nextRoute);
    for (const bundler of bundlers) {
      if (asked.length > 0 && !asked.some((word) => bundler.title.includes(word))) continue;
      await tryBundler(bundler, project, withPeers, emulator);
    }
  }
  print();
} finally {
  await emulator.stop();
  if (process.env.KEEP === undefined) rmSync(place, { recursive: true, force: true });
  else console.log(place);
}
process.exitCode = wrong === 0 ? 0 : 1;
