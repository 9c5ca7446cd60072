import { type BuiltPackages, builtPackages, nodeVersions, preloads, runNode } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let emulator: Emulator;
let built: BuiltPackages;
beforeAll(async () => {
  emulator = await startEmulator();
  const others = [
    'pg',
    'pg-oldest',
    'pg-too-old',
    'pg-cursor',
    'pg-query-stream',
    'pg-pool of pg',
    '@azure/identity',
  ];
  built = builtPackages(['core', 'pg'], others, new URL('programs/register', import.meta.url));
});
afterAll(async () => {
  built[Symbol.dispose]();
  await emulator.stop();
});

const module = '@azure-pg/pg/register';
const run = (node: string, args: readonly string[], env: Record<string, string>) =>
  runNode(node, args, { folder: built.folder, env: { ...emulator.env, ...env } });

const passwordless = (): string =>
  `postgresql://localhost:${emulator.ports.direct}/postgres?auth=entra&sslmode=verify-full&sslrootcert=${encodeURIComponent(emulator.ca.file)}`;

describe.each([...nodeVersions])('on Node.js %s', (_, node) => {
  it.each(Object.entries(preloads(module)))(
    'programs sign in to Azure without a change: %s',
    async (_way, args) => {
      const env = { DATABASE_URL: passwordless() };
      const [asModule, asScript] = await Promise.all(
        ['azure.mjs', 'azure.cjs'].map(async (program) =>
          JSON.parse((await run(node, [...args, program], env)).output),
        ),
      );
      const who = 'local-app';
      expect(asModule).toEqual({
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
      expect(asScript).toEqual({ Client: who, Pool: who, OldClient: who, OldPool: who, same: [true, true] });
    },
  );

  it('in threads of the program, by --require also in those that begin with a text', async () => {
    const { output } = await run(node, ['--require', module, 'threads.cjs'], {
      DATABASE_URL: passwordless(),
    });
    expect(JSON.parse(output)).toEqual({ file: 'local-app', text: 'local-app' });
  });

  it('beside programs that use this library themselves', async () => {
    const { output } = await run(node, ['--import', module, 'both.mjs'], { DATABASE_URL: passwordless() });
    const who = 'local-app';
    expect(JSON.parse(output)).toEqual({
      known: [true, true, false, false],
      direct: [who, who],
      instances: [true, true, false],
      always: Array.from({ length: 4 }, () => [true, true]),
      config: who,
      same: true,
    });
  });

  it('an ordinary PostgreSQL sees what it sees without us, to the letter', async () => {
    const { host, port, user, password } = emulator.postgres;
    const env = { PGSSLMODE: 'no-verify', PLACE: JSON.stringify({ host, port, user, password }) };
    const [bare, ours] = await Promise.all([
      run(node, ['ordinary.mjs'], env),
      run(node, ['--import', module, 'ordinary.mjs'], env),
    ]);
    expect(ours.output).toBe(bare.output);
    expect(ours.errors.replace(/\(node:\d+\)/g, '')).toBe(bare.errors.replace(/\(node:\d+\)/g, ''));
    expect(bare.output).toContain('"who": "app"');
  });

  it('a copy that is too old is left alone, and says so before it connects to Azure', async () => {
    const { host, port, user, password } = emulator.postgres;
    const database = 'postgres';
    const ssl = { rejectUnauthorized: false };
    const PLACE = JSON.stringify({ host, port, user, password, database, ssl });
    const args = ['--import', module, 'too-old.cjs'];
    expect(await run(node, args, { PLACE })).toEqual({ output: 'app\n', errors: '' });
    const env = { PLACE, AZURE: 'nowhere.postgres.database.azure.com.localhost' };
    const { output, errors } = await run(node, args, { ...env, AZURE_PG_ALLOWED_HOSTS: '.localhost' });
    expect(output).toBe('app\nrefused\n');
    expect(errors).toMatch(/older than 8\.11/);
  });
});
