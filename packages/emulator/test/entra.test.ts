import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Emulator, type Environment, startEmulator } from '../src/index.ts';
import { refusalOf, rowsOf } from './connect.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator?.stop());
beforeEach(() => {
  emulator.entra.fail(undefined);
  emulator.entra.clearRequests();
});

/** Runs the real @azure/identity in a process of its own. */
function getToken(env: Environment): Promise<{ token: string; error: string }> {
  const program = fileURLToPath(new URL('programs/get-token.mjs', import.meta.url));
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program],
      { env: { PATH, NODE_COMPILE_CACHE, HOME: emulator.folder, ...env }, timeout: 25_000 },
      (_, token, error) => resolve({ token, error }),
    );
  });
}

describe('the real @azure/identity gets a token that PostgreSQL takes', () => {
  test.each([
    ['App Service', 'app-service', () => emulator.env],
    ['IMDS', 'imds', () => emulator.environments.imds],
    ['workload identity', 'workload-identity', () => emulator.environments.workloadIdentity],
  ] as const)('%s', async (_, flow, env) => {
    const { token, error } = await getToken(env());
    expect(error).toBe('');
    expect(await rowsOf(emulator, { password: token })).toEqual([{ role: 'local-app' }]);
    expect(emulator.entra.requests).toEqual([
      expect.objectContaining({
        flow,
        identity: 'local-app',
        resource: 'https://ossrdbms-aad.database.windows.net',
      }),
    ]);
  });

  test.each([
    ['client secret', 'client-secret', () => emulator.environments.clientSecret],
    ['client certificate', 'client-certificate', () => emulator.environments.clientCertificate],
  ] as const)('%s', async (_, flow, env) => {
    const { token, error } = await getToken(env());
    expect(error).toBe('');
    expect(emulator.entra.requests).toMatchObject([{ flow, identity: 'local-app-application', status: 200 }]);
    const user = 'local-app-application';
    expect(await rowsOf(emulator, { password: token, user })).toEqual([{ role: user }]);
  });

  test('each identity gets its own', async () => {
    const other = await emulator.createIdentity({ name: 'other-app' });
    const { appService } = await emulator.environmentsFor(other);
    const { token } = await getToken(appService);
    expect(decodeJwt(token)).toMatchObject({
      oid: other.objectId,
      appid: other.clientId,
      tid: emulator.entra.tenantId,
      idtyp: 'app',
    });
    expect(await rowsOf(emulator, { password: token, user: 'other-app' })).toEqual([{ role: 'other-app' }]);
    expect(await refusalOf(emulator, { password: token })).toMatchObject({ code: '28P01' });
  });
});

describe('what Entra would refuse is refused', () => {
  test.each<[string, () => Promise<Environment> | Environment, RegExp]>([
    [
      'a wrong secret',
      () => ({ ...emulator.environments.clientSecret, AZURE_CLIENT_SECRET: 'wrong' }),
      /AADSTS7000215/,
    ],
    [
      'another tenant',
      () => ({
        ...emulator.environments.clientSecret,
        AZURE_TENANT_ID: '11111111-1111-4111-a111-111111111111',
      }),
      /AADSTS90002/,
    ],
    [
      'an unknown application',
      () => ({
        ...emulator.environments.clientSecret,
        AZURE_CLIENT_ID: '11111111-1111-4111-a111-111111111111',
      }),
      /AADSTS700016/,
    ],
    [
      'an unknown managed identity',
      () => ({ ...emulator.env, AZURE_CLIENT_ID: '11111111-1111-4111-a111-111111111111' }),
      /./,
    ],
    ['a wrong identity header', () => ({ ...emulator.env, IDENTITY_HEADER: 'wrong' }), /./],
    [
      'a federated token that someone else signed',
      async () => {
        const file = `${emulator.folder}/forged`;
        const key = new TextEncoder().encode('x'.repeat(32));
        await writeFile(
          file,
          await new SignJWT({ iss: 'someone' }).setProtectedHeader({ alg: 'HS256' }).sign(key),
        );
        return { ...emulator.environments.workloadIdentity, AZURE_FEDERATED_TOKEN_FILE: file };
      },
      /AADSTS700027/,
    ],
  ])('%s', async (_, env, message) => {
    const { token, error } = await getToken(await env());
    expect(token).toBe('');
    expect(error).toMatch(message);
  });
});

test.each([
  ['127.0.0.1', 200],
  ['localhost', 200],
  ['[::1]', 200],
  ['169.254.169.254', 400],
  ['rebound.example', 400],
  ['localhost.rebound.example', 400],
] as const)('managed identity for a request to %s: %i', async (host, status) => {
  const { port } = new URL(emulator.environments.imds.AZURE_POD_IDENTITY_AUTHORITY_HOST ?? '');
  const path = '/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://example.com';
  const headers = { Metadata: 'true', Host: `${host}:${port}` };
  const [response] = await once(get({ host: '127.0.0.1', port, path, headers }), 'response');
  response.resume();
  expect(response.statusCode).toBe(status);
});

describe('failures that can be switched on', () => {
  const ask = (signal?: AbortSignal) =>
    fetch(
      `${emulator.env.IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=https://ossrdbms-aad.database.windows.net`,
      {
        headers: { 'x-identity-header': emulator.env.IDENTITY_HEADER ?? '' },
        ...(signal && { signal }),
      },
    );

  test('429 with Retry-After, 500, a reset and silence', async () => {
    emulator.entra.fail('429', { retryAfter: 7 });
    const throttled = await ask();
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
    emulator.entra.fail('500');
    expect((await ask()).status).toBe(500);
    emulator.entra.fail('reset');
    await expect(ask()).rejects.toThrow('fetch failed');
    emulator.entra.fail('silent');
    await expect(ask(AbortSignal.timeout(100))).rejects.toThrow(/timeout|aborted/);
    emulator.entra.fail(undefined);
    expect((await ask()).status).toBe(200);
    expect(emulator.entra.requests.map(({ status }) => status)).toEqual([
      429,
      500,
      undefined,
      undefined,
      200,
    ]);
  });

  test('so many times, after which all is well', async () => {
    emulator.entra.fail('500', { times: 2 });
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([500, 500, 200]);
  });

  test('the real library outlasts a short failure', async () => {
    emulator.entra.fail('500', { times: 1 });
    const { token } = await getToken(emulator.env);
    expect(await refusalOf(emulator, { password: token })).toBe('signed in');
    expect(emulator.entra.requests.map(({ status }) => status)).toEqual([500, 200]);
  });

  test('a slow answer is a proper one, and a lifetime set later counts', async () => {
    emulator.entra.fail('slow', { delay: 50 });
    emulator.entra.tokenLifetime = 42;
    const body = (await (await ask()).json()) as { access_token: string; expires_on: string };
    emulator.entra.tokenLifetime = 3600;
    const { exp = 0 } = decodeJwt(body.access_token);
    expect(String(exp)).toBe(body.expires_on);
    expect(exp - Date.now() / 1000).toBeLessThanOrEqual(42);
    expect(exp - Date.now() / 1000).toBeGreaterThan(30);
  });
});

test.each([1500, 2040, 3000, 6900])(
  'tokens can be as long as those of users in many groups: %i bytes',
  async (size) => {
    const token = await emulator.entra.issueToken({ size });
    expect(token.length).toBeGreaterThanOrEqual(size);
    expect(token.length).toBeLessThanOrEqual(size + 4);
    expect(await refusalOf(emulator, { password: token })).toBe('signed in');
  },
);
