import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PlatformCredential } from '../../src/credentials/token/platform-credential.ts';
import { Program } from './programs/program.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator?.stop());
beforeEach(() => {
  emulator.entra.fail(undefined);
  emulator.entra.clearRequests();
});

const watched = fileURLToPath(new URL('./programs/watched-imports.ts', import.meta.url));
const core = new URL('../../src/index.ts', import.meta.url).href;

/** Signs in at the emulator in a process of its own; the last line says which of Azure's libraries it loaded. */
async function signIn(env: NodeJS.ProcessEnv, url: string = emulator.url): Promise<string[]> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const program = `
    import { openConnection, resolveConnection } from '${core}';
    try {
      const { socket, user } = await openConnection(resolveConnection(${JSON.stringify(url)}));
      socket.destroy();
      console.log(user);
    } catch (error) {
      console.log(error.code + ': ' + error.message.replaceAll('\\n', ' ') + ' ' + error.hint);
    }`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@azure-pg/source', '--import', watched, '--input-type=module', '--eval', program],
    { env: { PATH, NODE_COMPILE_CACHE, HOME: '/nonexistent', ...env } },
  );
  return stdout.trim().split('\n');
}

describe('the identity of a platform is asked without @azure/identity', () => {
  it.each(['appService', 'imds'] as const)('%s', async (kind) => {
    expect(await signIn(emulator.environments[kind])).toEqual(['local-app', 'loaded:']);
    expect(emulator.entra.requests.map(({ resource }) => resource).sort()).toEqual([
      'https://management.azure.com',
      'https://ossrdbms-aad.database.windows.net',
    ]);
  });

  it('but not with azure_identity=always', async () => {
    const lines = await signIn(emulator.env, `${emulator.url}&azure_identity=always`);
    expect(lines[0]).toBe('local-app');
    expect(lines[1]).toContain('@azure/identity');
  });

  it('nor where the library would not end there', async () => {
    const lines = await signIn(emulator.environments.workloadIdentity);
    expect(lines[0]).toBe('local-app');
    expect(lines[1]).toContain('@azure/identity');
  });

  it('also where the library is not installed', async () => {
    const env = { ...emulator.env, TEST_ABSENT_PACKAGE: '@azure/identity' };
    expect((await signIn(env))[0]).toBe('local-app');
  });
});

describe('where it fails', () => {
  it('a program whose connect has failed ends, while the endpoint still says nothing', async () => {
    emulator.entra.fail('silent');
    const started = Date.now();
    const [line] = await signIn(emulator.env, `${emulator.url}&connect_timeout=2`);
    expect(line).toMatch(/^TOKEN_UNAVAILABLE: .*did not answer/);
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('the library is asked, and signs in', async () => {
    // One for each of the two tokens.
    emulator.entra.fail('500', { times: 2 });
    const lines = await signIn(emulator.env);
    expect(lines[0]).toBe('local-app');
    expect(lines[1]).toContain('@azure/identity');
  });

  it('the library’s error is the one reported', async () => {
    const env = { ...emulator.env, AZURE_CLIENT_ID: '11111111-1111-4111-a111-111111111111' };
    const [line] = await signIn(env);
    expect(line).toMatch(/^TOKEN_UNAVAILABLE: .*ManagedIdentityCredential/);
  });

  it('and the library is not installed, the error says both, and no secret', async () => {
    const env = {
      ...emulator.env,
      IDENTITY_HEADER: 'CANARY-wrong',
      TEST_ABSENT_PACKAGE: '@azure/identity',
    };
    const [line] = await signIn(env);
    expect(line).toMatch(/^MISSING_DEPENDENCY: ManagedIdentityCredential: HTTP 401/);
    expect(line).toContain('npm install @azure/identity');
    expect(line).not.toContain('CANARY');
  });

  it('a connect that gives up ends the request', async () => {
    emulator.entra.fail('silent');
    await using program = new Program({ TEST_CA_PEM: emulator.ca.pem, ...emulator.env });
    const report = await program.connect({ url: emulator.url, options: { connectTimeout: 1 } });
    expect(report).toMatchObject({ ok: false, code: 'TOKEN_UNAVAILABLE' });
  });
});

describe('a federated token’s file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-assertions-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const pipe = join(folder, 'pipe');
  const endless = join(folder, 'endless');
  execFileSync('mkfifo', [pipe]);
  writeFileSync(endless, '');
  truncateSync(endless, 1_000_000_000);

  it.each([
    ['a pipe', pipe],
    ['a device', '/dev/zero'],
    ['as long as a film', endless],
  ])('that is %s is not read, by the library either', async (_, file) => {
    const id = '11111111-1111-4111-a111-111111111111';
    const env = { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_TENANT_ID: id, AZURE_CLIENT_ID: id };
    const lines = await signIn(env);
    expect(lines[0]).toMatch(/^TOKEN_UNAVAILABLE: .* is no plain file/);
    expect(lines[0]).toContain('AZURE_FEDERATED_TOKEN_FILE');
    expect(lines[1]).toBe('loaded:');
  });
});

describe('an endpoint that is none', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function ask(answer: RequestListener, signal?: AbortSignal): Promise<unknown> {
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/msi/token`;
    const credential = new PlatformCredential(
      {
        credentialName: 'ManagedIdentityCredential',
        request: async () => ({ method: 'GET', url, headers: {} }),
      },
      async () => ({ getToken: async () => ({ token: 'the library’s', expiresOnTimestamp: 1 }) }),
    );
    return credential.getToken('scope', signal && { abortSignal: signal });
  }
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;

  it.each<[string, RequestListener]>([
    ['says what is no JSON', (_, response) => response.end('<html>')],
    ['says null', (_, response) => response.end('null')],
    ['has no token', (_, response) => response.end(JSON.stringify({ expires_on: inAnHour }))],
    [
      'has an empty one',
      (_, response) => response.end(JSON.stringify({ access_token: '', expires_on: inAnHour })),
    ],
    [
      'has one that has expired',
      (_, response) => response.end(JSON.stringify({ access_token: 't', expires_on: 5 })),
    ],
    ['has one without an end', (_, response) => response.end(JSON.stringify({ access_token: 't' }))],
    [
      'has one with a strange end',
      (_, response) => response.end(JSON.stringify({ access_token: 't', expires_on: {} })),
    ],
    [
      'leads elsewhere',
      (_, response) =>
        response
          .writeHead(302, { location: 'http://127.0.0.1:1/' })
          .end(JSON.stringify({ access_token: 't', expires_on: inAnHour })),
    ],
    [
      'never ends',
      (_, response) =>
        void setInterval(() => response.writable && response.write('x'.repeat(100_000)), 1).unref(),
    ],
    ['breaks off', (_, response) => response.destroy()],
  ])('%s: the library is asked', async (_, answer) => {
    expect(await ask(answer)).toEqual({ token: 'the library’s', expiresOnTimestamp: 1 });
  });

  it.each<[string, object, number, number | undefined]>([
    ['seconds as a text', { expires_on: String(inAnHour) }, inAnHour * 1000, undefined],
    ['seconds as a number', { expires_on: inAnHour }, inAnHour * 1000, undefined],
    ['a date', { expires_on: new Date(inAnHour * 1000).toISOString() }, inAnHour * 1000, undefined],
    ['seconds from now', { expires_in: 3600 }, inAnHour * 1000, undefined],
    ['a day', { expires_in: '86400' }, (inAnHour + 82_800) * 1000, (inAnHour + 39_600) * 1000],
    ['when to refresh', { expires_in: 3600, refresh_in: 1800 }, inAnHour * 1000, (inAnHour - 1800) * 1000],
  ])('reads the times that services give: %s', async (_, times, expires, refresh) => {
    const token = (await ask((__, response) =>
      response.end(JSON.stringify({ access_token: 't', ...times })),
    )) as {
      expiresOnTimestamp: number;
      refreshAfterTimestamp?: number;
    };
    const near = (a: number | undefined, b: number | undefined): boolean =>
      a === undefined || b === undefined ? a === b : Math.abs(a - b) < 60_000;
    expect(near(token.expiresOnTimestamp, expires)).toBe(true);
    expect(near(token.refreshAfterTimestamp, refresh)).toBe(true);
  });

  it('that is given up is not asked by the library as well', async () => {
    const controller = new AbortController();
    const asked = ask(() => controller.abort(new Error('enough')), controller.signal);
    await expect(asked).rejects.toThrow('enough');
  });
});
