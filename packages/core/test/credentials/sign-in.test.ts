import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { TokenCredential } from '../../src/connection/token-credential.ts';
import { signInSource } from '../../src/credentials/sign-in.ts';
import type { SignIn } from '../../src/credentials/sign-in-source.ts';
import { entraTokenProvider } from '../../src/credentials/token/entra-token-provider.ts';
import type { ConnectionOptions } from '../../src/settings/gather/connection-options.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';
import { tokenWith } from './test-token.ts';

const azure = 'postgresql://db.postgres.database.azure.com/app';
const refusal = (code: string, message: string) => ({ severity: 'FATAL', code, message });
const wrongPassword = refusal('28P01', 'password authentication failed for user "ada"');

function counting(
  claims: Record<string, unknown> = { upn: 'ada@contoso.com' },
): TokenCredential & { requests: number; scopes: unknown[] } {
  return {
    requests: 0,
    scopes: [],
    async getToken(scope) {
      this.requests++;
      this.scopes.push(scope);
      await new Promise((resolve) => setImmediate(resolve));
      return {
        token: tokenWith({ ...claims, jti: this.requests }),
        expiresOnTimestamp: Date.now() + 3_600_000,
      };
    },
  };
}

function signIn(
  input: string,
  options: ConnectionOptions = {},
  env: NodeJS.ProcessEnv = {},
  signal?: AbortSignal,
): Promise<SignIn> {
  const connection = resolveConnection(input, options, env);
  const host = connection.hosts[0]?.host ?? '';
  return signInSource(connection).get({ signal: signal ?? new AbortController().signal, host });
}

describe('with an Entra token', () => {
  it('20 pools with the same credential, and users of entraTokenProvider share one request and one token', async () => {
    const credential = counting();
    const connections = Array.from({ length: 20 }, () => resolveConnection(azure, { credential }, {}));
    const all = await Promise.all(
      connections.flatMap((connection) =>
        Array.from({ length: 50 }, () =>
          signInSource(connection).get({
            signal: new AbortController().signal,
            host: 'db.postgres.database.azure.com',
          }),
        ),
      ),
    );
    expect(credential.requests).toBe(1);
    expect(new Set(all.map(({ user }) => user))).toEqual(new Set(['ada@contoso.com']));
    expect(await entraTokenProvider(credential)()).toBe(all[0]?.password);
    expect(credential.requests).toBe(1);
  });

  it('another scope is another token', async () => {
    const credential = counting();
    await signIn(azure, { credential });
    await signIn('postgresql://db.postgres.database.chinacloudapi.cn/app', { credential });
    expect(credential.scopes).toEqual([
      'https://ossrdbms-aad.database.windows.net/.default',
      'https://ossrdbms-aad.database.chinacloudapi.cn/.default',
    ]);
  });

  it('another credential is another token, even of the same class', async () => {
    const [one, two] = [counting(), counting()];
    await signIn(azure, { credential: one });
    await signIn(azure, { credential: two });
    expect([one.requests, two.requests]).toEqual([1, 1]);
  });

  it.each<[string, string, ConnectionOptions, NodeJS.ProcessEnv, string]>([
    ['the option', `${azure}?user=from-url`, { user: 'from-option' }, { PGUSER: 'from-env' }, 'from-option'],
    ['else the URL', `${azure}?user=from-url`, {}, { PGUSER: 'from-env' }, 'from-url'],
    ['else the environment', azure, {}, { PGUSER: 'from-env' }, 'from-env'],
    ['else the claims', azure, {}, {}, 'ada@contoso.com'],
    [
      'a name with an @ is taken as it is',
      'postgresql://ada%40x%40server@db.postgres.database.azure.com/app',
      {},
      {},
      'ada@x@server',
    ],
  ])('who signs in: %s', async (_, url, options, env, user) => {
    expect((await signIn(url, { ...options, credential: counting() }, env)).user).toBe(user);
  });

  it('a token that names no role fails with a word on how to name it', async () => {
    const credential = counting({ appid: '94f8741b-5c45-422c-a897-7650390765e1' });
    await expect(signIn(azure, { credential })).rejects.toMatchObject({ code: 'ROLE_UNKNOWN' });
    expect((await signIn(azure, { credential, user: 'my-group' })).user).toBe('my-group');
    expect(credential.requests).toBe(1);
  });

  it('no token goes to a host that is not known, and none is asked for', async () => {
    const credential = counting();
    const elsewhere = 'postgresql://db.example.org/app?auth=entra';
    await expect(signIn(elsewhere, { credential })).rejects.toMatchObject({ code: 'HOST_NOT_ALLOWED' });
    expect(credential.requests).toBe(0);
    expect((await signIn(elsewhere, { credential, allowedHosts: '.example.org' })).user).toBe(
      'ada@contoso.com',
    );
  });

  it('a token that expired on the way is fetched again, once per attempt', async () => {
    const credential = counting();
    const connection = resolveConnection(azure, { credential }, {});
    const source = signInSource(connection);
    const get = () =>
      source.get({ signal: new AbortController().signal, host: 'db.postgres.database.azure.com' });
    const first = await get();
    const expired = refusal('28000', 'The access token has expired. Please acquire a new token and retry');
    expect(source.refused(first, expired)).toBe(true);
    const second = await get();
    expect(second.password).not.toBe(first.password);
    expect(source.refused(second, expired)).toBe(false);
    expect(credential.requests).toBe(2);
  });

  it.each([
    ['28P01', 'password authentication failed for user "x"', true],
    ['28000', 'The Access Token does not have a valid audience claim.', true],
    ['28000', 'Service Principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role[x]', true],
    ['08P01', 'server login failed: FATAL password authentication failed for user "x"', true],
    ['28000', 'no pg_hba.conf entry for host "1.2.3.4", user "x", database "d", SSL encryption', false],
    ['3D000', 'database "x" does not exist', false],
    ['53300', 'sorry, too many clients already', false],
  ])('%s %s: another token is worth a try: %s', async (code, message, again) => {
    const source = signInSource(resolveConnection(azure, { credential: counting() }, {}));
    const given = await source.get({
      signal: new AbortController().signal,
      host: 'db.postgres.database.azure.com',
    });
    expect(source.refused(given, refusal(code, message))).toBe(again);
  });

  it("the user's own source of tokens is asked at every sign-in", async () => {
    let calls = 0;
    const tokenProvider = async () => tokenWith({ upn: `ada${++calls}@contoso.com` });
    expect((await signIn(azure, { tokenProvider })).user).toBe('ada1@contoso.com');
    expect((await signIn(azure, { tokenProvider })).user).toBe('ada2@contoso.com');
  });

  it('a source of tokens that fails, or gives none, is named', async () => {
    const failing = () => Promise.reject(new Error('vault is closed'));
    await expect(signIn(azure, { tokenProvider: failing })).rejects.toMatchObject({
      code: 'TOKEN_UNAVAILABLE',
      message: expect.stringContaining('tokenProvider'),
      cause: new Error('vault is closed'),
    });
    await expect(signIn(azure, { tokenProvider: async () => '' })).rejects.toMatchObject({
      code: 'TOKEN_UNAVAILABLE',
    });
  });

  it('a credential that never answers fails within the deadline, by name', async () => {
    class SilentCredential {
      getToken = (): Promise<never> => new Promise(() => undefined);
    }
    const failed = signIn(azure, { credential: new SilentCredential(), connectTimeout: 1 });
    await expect(failed).rejects.toMatchObject({
      code: 'TOKEN_UNAVAILABLE',
      message: expect.stringContaining('SilentCredential'),
    });
  });

  it('giving up ends the wait with the reason given', async () => {
    const credential = { getToken: (): Promise<never> => new Promise(() => undefined) };
    const controller = new AbortController();
    const failed = signIn(azure, { credential }, {}, controller.signal);
    controller.abort(new Error('enough'));
    await expect(failed).rejects.toThrow('enough');
  });
});

describe('with a password', () => {
  const local = 'postgresql://ada@localhost/app';
  const folders: string[] = [];
  afterEach(async () => {
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
  });

  it('a static one is given as it is', async () => {
    expect(await signIn('postgresql://ada:s3cret@localhost/app')).toEqual({
      user: 'ada',
      password: 's3cret',
    });
  });

  it('a function is asked at every sign-in', async () => {
    let calls = 0;
    const password = async () => `secret${++calls}`;
    expect((await signIn(local, { password })).password).toBe('secret1');
    expect((await signIn(local, { password })).password).toBe('secret2');
  });

  it('a function is told where its password goes', async () => {
    const asked: unknown[] = [];
    const password = (request: unknown): string => {
      asked.push(request);
      return 'secret';
    };
    await signIn('postgresql://app@db.example.org:7777/orders', { password });
    await signIn('postgresql://app@db.example.org', { password });
    const place = { host: 'db.example.org', user: 'app' };
    expect(asked).toEqual([
      { ...place, port: 7777, database: 'orders' },
      { ...place, port: 5432, database: 'app' },
    ]);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      /The function given as "password" failed/,
    ],
    ['rejects', () => Promise.reject(new Error('boom')), /The function given as "password" failed/],
    ['gives a number', () => 5, /gave a number instead of a string/],
  ])('a function that %s fails with a word on it', async (_, password, message) => {
    await expect(signIn(local, { password: password as () => string })).rejects.toMatchObject({
      code: 'PASSWORD_MISSING',
      message: expect.stringMatching(message),
    });
  });

  it('what App Service could not resolve is refused from a function, too, and not sent to the server', async () => {
    const password = () => '@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/pw)';
    await expect(signIn(local, { password })).rejects.toMatchObject({
      code: 'INVALID_SETTING',
      message: 'An unresolved Key Vault reference in what the function given as "password" gave',
    });
  });

  it('a function that hangs ends with the deadline', async () => {
    const failed = signIn(
      local,
      { password: () => new Promise<string>(() => undefined) },
      {},
      AbortSignal.timeout(50),
    );
    await expect(failed).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('none is none: a server that trusts does not ask', async () => {
    expect(await signIn(local, {}, { HOME: '/nonexistent' })).toEqual({ user: 'ada', password: undefined });
  });

  it('the password file has the last word', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'azure-pg-'));
    folders.push(folder);
    const passfile = join(folder, 'pgpass');
    await writeFile(passfile, 'localhost:5432:app:ada:from-file\n');
    await chmod(passfile, 0o600);
    expect((await signIn(local, { passfile })).password).toBe('from-file');
    expect((await signIn(local, { passfile, password: 'given' })).password).toBe('given');
  });

  it('a refused password is not tried again', async () => {
    const connection = resolveConnection(local, { password: 'x' }, {});
    expect(signInSource(connection).refused({ user: 'ada', password: 'x' }, wrongPassword)).toBe(false);
  });
});

it('nothing of it can be seen in the connection', async () => {
  const connection = resolveConnection(azure, { credential: counting() }, {});
  const source = signInSource(connection);
  const { password } = await source.get({
    signal: new AbortController().signal,
    host: 'db.postgres.database.azure.com',
  });
  expect(inspect([connection, source], { depth: 9, showHidden: true })).not.toContain(password);
});
