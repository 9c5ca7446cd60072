import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const watched = fileURLToPath(new URL('./programs/watched-imports.ts', import.meta.url));
const core = new URL('../../src/index.ts', import.meta.url).href;
const signIns = new URL('../../src/credentials/sign-in.ts', import.meta.url).href;
const pgAdapter = new URL('../../../pg/src/index.ts', import.meta.url).href;

/** Runs a program and gives what it printed, the last line being which of Azure's libraries it loaded. */
async function run(program: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@azure-pg/source', '--import', watched, '--input-type=module', '--eval', program],
    { env: { PATH, NODE_COMPILE_CACHE, HOME: '/nonexistent', ...env } },
  );
  return stdout.trim().split('\n');
}

const signIn = (url: string, options = '{}'): string => `
  import { resolveConnection } from '${core}';
  import { signInSource } from '${signIns}';
  const connection = resolveConnection(${JSON.stringify(url)}, ${options});
  const got = await signInSource(connection)
    .get({ signal: AbortSignal.timeout(10_000), host: connection.hosts[0].host })
    .catch((error) => ({ user: error.code + ': ' + error.message + ' ' + error.hint }));
  console.log(got.user);`;

const azure = 'postgresql://db.postgres.database.azure.com/app';
const token = `{ credential: { getToken: async () => ({ token: 'x', expiresOnTimestamp: Date.now() + 3600e3 }) }, user: 'ada' }`;

it.each([
  ['the core', core],
  ['the adapter for pg', pgAdapter],
])('importing %s loads none of the Azure libraries', async (_, module) => {
  expect(await run(`await import('${module}')`)).toEqual(['loaded:']);
});

it('signing in with a password loads none of them', async () => {
  expect(await run(signIn('postgresql://ada:secret@localhost/app'))).toEqual(['ada', 'loaded:']);
});

it("nor does a credential of the user's own", async () => {
  expect(await run(signIn(azure, token))).toEqual(['ada', 'loaded:']);
});

it('the first token loads @azure/identity, which shows that the test would see it', async () => {
  const lines = await run(signIn(azure), { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' });
  expect(lines[0]).toMatch(/^TOKEN_UNAVAILABLE/);
  expect(lines.at(-1)).toContain('@azure/identity');
});

it.each([
  ['@azure/identity', azure],
  [
    '@azure/keyvault-secrets',
    'postgresql://ada@localhost/app?password=keyvault:https://x.vault.azure.net/secrets/pw',
  ],
])('without %s the error says what to install', async (name, url) => {
  const [line] = await run(signIn(url), { TEST_ABSENT_PACKAGE: name });
  expect(line).toMatch(/^MISSING_DEPENDENCY/);
  expect(line).toContain(`${name} is not installed`);
  expect(line).toContain(`npm install ${name}`);
});

it('a request that hangs does not keep a program alive whose connect has failed', async () => {
  const silent = '{ credential: { getToken: () => new Promise(() => {}) }, connectTimeout: 1 }';
  const [line] = await run(signIn(azure, silent));
  expect(line).toMatch(/^TOKEN_UNAVAILABLE/);
}, 15_000);

it('two copies of this package in one program, as ESM alongside CommonJS, share their tokens', async () => {
  const { vi } = await import('vitest');
  let requests = 0;
  const credential = {
    getToken: async () => {
      requests++;
      return { token: 'x', expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
  const copies = [];
  for (let copy = 0; copy < 2; copy++) {
    vi.resetModules();
    copies.push(await import('../../src/credentials/token/entra-token-provider.ts'));
  }
  expect(copies[0]?.entraTokenProvider).not.toBe(copies[1]?.entraTokenProvider);
  await Promise.all(copies.map(({ entraTokenProvider }) => entraTokenProvider(credential)()));
  expect(requests).toBe(1);
});
