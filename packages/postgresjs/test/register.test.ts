import { type BuiltPackages, builtPackages, nodeVersions, preloads, runNode } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let emulator: Emulator;
let built: BuiltPackages;
beforeAll(async () => {
  emulator = await startEmulator({ host: 'localhost' });
  const others = ['postgres', 'postgres-oldest', '@azure/identity'];
  built = builtPackages(['core', 'postgresjs'], others, new URL('programs/register', import.meta.url));
});
afterAll(async () => {
  built[Symbol.dispose]();
  await emulator.stop();
});

const module = '@azure-pg/postgresjs/register';
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
        import: who,
        require: who,
        'another copy': who,
        'a URL object': who,
        new: who,
        'new, required': who,
        'the options of an instance': who,
        postgres: ['42P01', true],
        oldest: ['42P01', true],
        same: [false, false],
        names: ['Postgres', 'object', 'aB'],
      });
      expect(asScript).toEqual([who, who]);
    },
  );

  it('an ordinary PostgreSQL sees what it sees without us, to the letter', async () => {
    const { host, port, user, password } = emulator.postgres;
    const env = { PLACE: JSON.stringify({ host, port, user, password }) };
    const [bare, ours] = await Promise.all([
      run(node, ['ordinary.mjs'], env),
      run(node, ['--import', module, 'ordinary.mjs'], env),
    ]);
    expect(ours.output).toBe(bare.output);
    expect(ours.errors).toBe(bare.errors);
    expect(bare.output).toContain('"who": "app"');
  });
});
