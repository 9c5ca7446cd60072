import { execFile, execFileSync } from 'node:child_process';
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPrograms, builtPackages } from './support/built-packages.ts';

const modules = createRequire(import.meta.url);
/** The folder of a package as another one finds it. */
function folderOf(name: string, from = modules): string {
  const paths = from.resolve.paths(name) ?? [];
  return realpathSync(paths.map((path) => join(path, name)).find((path) => existsSync(path)) ?? name);
}
const ofPg = createRequire(modules.resolve('pg'));

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ host: 'localhost' });
  folder = builtPackages(['core', 'pg'], {
    pg: folderOf('pg'),
    'pg-oldest': folderOf('pg-oldest'),
    'pg-cursor': folderOf('pg-cursor'),
    'pg-query-stream': folderOf('pg-query-stream'),
    'pg-pool': folderOf('pg-pool', ofPg),
    '@azure/identity': folderOf('@azure/identity'),
  });
  addPrograms(folder, new URL('programs/register', import.meta.url));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await emulator.stop();
});

/** This Node.js, and others that the machine has: 20 without `module.registerHooks`, … */
const nodes = new Map(
  [process.execPath, ...(process.env.PATH ?? '').split(delimiter).map((path) => join(path, 'node'))]
    .filter((path) => existsSync(path))
    .map((path) => [execFileSync(path, ['--version'], { encoding: 'utf8' }).trim(), path] as const)
    .reverse(),
);

interface End {
  readonly output: string;
  readonly errors: string;
}

function run(node: string, args: readonly string[], env: Record<string, string>): Promise<End> {
  const variables = { ...process.env, ...emulator.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: '', ...env };
  return new Promise((resolve, reject) => {
    execFile(node, args, { cwd: folder, env: variables }, (error, output, errors) => {
      if (error === null) resolve({ output, errors });
      else reject(new Error(`${error.message}\n${output}\n${errors}`));
    });
  });
}

const register = ['--import', '@azure-pg/pg/register'];
/** What other programs put in the way: a loader of the older kind that reads the source of CommonJS files itself. */
const loader = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    import { readFileSync } from 'node:fs';
    import { fileURLToPath } from 'node:url';
    export async function load(url, context, next) {
      const loaded = await next(url, context);
      if (loaded.format !== 'commonjs' || loaded.source) return loaded;
      return { ...loaded, source: readFileSync(fileURLToPath(url)) };
    }\`));`)}`;
const withoutHooks = `data:text/javascript,${encodeURIComponent(`
  import module, { syncBuiltinESMExports } from 'node:module';
  module.registerHooks = undefined;
  syncBuiltinESMExports();`)}`;

const ways: Readonly<Record<string, readonly string[]>> = {
  '--import': register,
  '--require': ['--require', '@azure-pg/pg/register'],
  both: [...register, '--require', '@azure-pg/pg/register'],
  'behind another loader': ['--import', loader, ...register],
  'before another loader': [...register, '--import', loader],
  'without registerHooks': ['--import', withoutHooks, ...register],
};

const passwordless = (): string =>
  `postgresql://localhost:${emulator.ports.direct}/postgres?auth=entra&sslmode=verify-full&sslrootcert=${encodeURIComponent(emulator.ca.file)}`;

describe.each([...nodes])('on Node.js %s', (_, node) => {
  it.each(Object.entries(ways))('programs sign in to Azure without a change: %s', async (_way, args) => {
    const env = { DATABASE_URL: passwordless() };
    const [module, script] = await Promise.all(
      ['azure.mjs', 'azure.cjs'].map(async (program) =>
        JSON.parse((await run(node, [...args, program], env)).output),
      ),
    );
    const who = 'local-app';
    expect(module).toEqual({
      'import pg': who,
      'import { Client }': who,
      'import { Pool }': who,
      require: who,
      'another copy': who,
      "another copy's client": who,
      'pg-pool': who,
      'class extends Client': who,
      'class extends Pool': who,
      "a pool of one's own clients": who,
      cursor: 3,
      stream: 50,
      error: [true, '42P01'],
      instances: [true, true, true, true, false, true, false, true],
      same: [true, true, true, false, true],
      asked: 1,
      names: ['BoundPool', 'Client'],
    });
    expect(script).toEqual({ Client: who, Pool: who, OldClient: who, OldPool: who, same: [true, true] });
  });

  it('an ordinary PostgreSQL sees what it sees without us, to the letter', async () => {
    const { host, port, user, password } = emulator.postgres;
    const env = { PGSSLMODE: 'no-verify', PLACE: JSON.stringify({ host, port, user, password }) };
    const [bare, ours] = await Promise.all([
      run(node, ['ordinary.mjs'], env),
      run(node, [...register, 'ordinary.mjs'], env),
    ]);
    expect(ours.output).toBe(bare.output);
    expect(ours.errors.replace(/\(node:\d+\)/g, '')).toBe(bare.errors.replace(/\(node:\d+\)/g, ''));
    expect(bare.output).toContain('"who": "app"');
  });
});
