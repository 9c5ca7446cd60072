import { describe, expect, it } from 'vitest';
import { signInSource } from '../../src/credentials/sign-in.ts';
import { type ConnectionOptions, resolveConnection } from '../../src/index.ts';
import { claimSets } from './claim-sets.ts';
import { tokenWith } from './test-token.ts';

const database = 'https://ossrdbms-aad.database.windows.net/.default';
const management = 'https://management.azure.com/.default';
const azure = 'postgres://srv.postgres.database.azure.com/app';

/** A credential whose tokens have the claims that are given for their scope; a function throws, or waits. */
class Scripted {
  readonly asked: string[] = [];
  readonly #answers: Readonly<Record<string, object | (() => unknown)>>;
  #lifetime = 3_600_000;

  constructor(answers: Readonly<Record<string, object | (() => unknown)>>) {
    this.#answers = answers;
  }

  expireSoon(): void {
    this.#lifetime = 50;
  }

  async getToken(scopes: string | string[]) {
    const scope = String(scopes);
    this.asked.push(scope);
    const answer = this.#answers[scope];
    const claims = typeof answer === 'function' ? await answer() : answer;
    if (claims === undefined) throw new Error(`no token for ${scope}`);
    return { token: tokenWith(claims as object), expiresOnTimestamp: Date.now() + this.#lifetime };
  }
}
class ManagedIdentityCredential extends Scripted {}

const signIn = (credential: Scripted, options: ConnectionOptions = {}, url = azure) => {
  const connection = resolveConnection(url, { credential, ...options }, {});
  const host = connection.hosts[0]?.host ?? '';
  return signInSource(connection).get({ signal: new AbortController().signal, host });
};

describe('a user-assigned managed identity, whose token for the database names nobody', () => {
  const answers = {
    [database]: claimSets.managedIdentity,
    [management]: claimSets.managedIdentityForManagement,
  };

  it('signs in under the name that its token for Azure’s management has, with two requests for any number of pools', async () => {
    const credential = new Scripted(answers);
    const all = await Promise.all(Array.from({ length: 50 }, () => signIn(credential)));
    expect(new Set(all.map(({ user }) => user))).toEqual(new Set(['my-app']));
    expect(all[0]?.password).toBe(tokenWith(claimSets.managedIdentity));
    expect(credential.asked).toEqual([database, management]);
  });

  it('is asked for both at once where that can be foreseen', async () => {
    let began: () => void = () => undefined;
    const managementAsked = new Promise<void>((resolve) => {
      began = resolve;
    });
    const credential = new ManagedIdentityCredential({
      // It would wait for ever if one came after the other.
      [database]: () => managementAsked.then(() => claimSets.managedIdentity),
      [management]: () => {
        began();
        return claimSets.managedIdentityForManagement;
      },
    });
    expect((await signIn(credential)).user).toBe('my-app');
  });

  it('does not wait for the second token where the first names the role after all, nor leaves anybody waiting', async () => {
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    const credential = new ManagedIdentityCredential({
      [database]: claimSets.user,
      [management]: () => new Promise(() => undefined),
    });
    const all = await Promise.all(Array.from({ length: 50 }, () => signIn(credential)));
    expect(new Set(all.map(({ user }) => user))).toEqual(new Set(['ada@contoso.com']));
    expect(credential.asked.toSorted()).toEqual([management, database].toSorted());
    expect(timers()).toBe(before);
  });

  it('changes its name when the credential’s tokens have become another identity’s', async () => {
    let oid: string | undefined;
    const now = (claims: object) => () => (oid === undefined ? claims : { ...claims, oid });
    const credential = new Scripted({
      [database]: now(claimSets.managedIdentity),
      [management]: () => ({
        ...now(claimSets.managedIdentityForManagement)(),
        ...(oid && {
          xms_mirid: String(claimSets.managedIdentityForManagement.xms_mirid).replace('my-app', 'other-app'),
        }),
      }),
    });
    expect((await signIn(credential)).user).toBe('my-app');
    oid = '66666666-6666-4666-a666-666666666666';
    const connection = resolveConnection(azure, { credential }, {});
    const source = signInSource(connection);
    const place = { signal: new AbortController().signal, host: connection.hosts[0]?.host ?? '' };
    source.refused(await source.get(place), { severity: 'FATAL', code: '28P01', message: 'refused' });
    const all = await Promise.all(Array.from({ length: 50 }, () => source.get(place)));
    expect(new Set(all.map(({ user }) => user))).toEqual(new Set(['other-app']));
    expect(credential.asked).toEqual([database, management, database, management]);
  });

  it('keeps its name when its tokens have expired', async () => {
    const credential = new Scripted(answers);
    credential.expireSoon();
    for (let round = 0; round < 3; round++) {
      expect((await signIn(credential)).user).toBe('my-app');
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(credential.asked.filter((scope) => scope === management)).toHaveLength(1);
    expect(credential.asked.filter((scope) => scope === database).length).toBeGreaterThan(1);
  });

  it('is not asked a second time where the user is named, or where management_scope is off', async () => {
    const named = new ManagedIdentityCredential(answers);
    expect((await signIn(named, { user: 'my-role' })).user).toBe('my-role');
    expect(named.asked).toEqual([database]);
    const off = new ManagedIdentityCredential(answers);
    await expect(signIn(off, { managementScope: 'off' })).rejects.toMatchObject({ code: 'ROLE_UNKNOWN' });
    expect(off.asked).toEqual([database]);
  });

  it.each([
    ['usgovcloudapi.net', 'https://management.usgovcloudapi.net/.default'],
    ['chinacloudapi.cn', 'https://management.chinacloudapi.cn/.default'],
  ])('of the cloud of its host: %s', async (suffix, scope) => {
    const own = `https://ossrdbms-aad.database.${suffix}/.default`;
    const credential = new Scripted({
      [own]: claimSets.managedIdentity,
      [scope]: claimSets.managedIdentityForManagement,
    });
    const { user } = await signIn(credential, {}, `postgres://srv.postgres.database.${suffix}/app`);
    expect(user).toBe('my-app');
    expect(credential.asked).toEqual([own, scope]);
  });
});

describe('who is named by the first token is not asked for a second', () => {
  it.each([
    ['a user', claimSets.user, 'ada@contoso.com'],
    ['a guest', claimSets.guest, 'ada_fabrikam.com#EXT#@contoso.onmicrosoft.com'],
  ])('%s', async (_, claims, role) => {
    const credential = new Scripted({ [database]: claims });
    expect((await signIn(credential)).user).toBe(role);
    expect(credential.asked).toEqual([database]);
  });
});

describe('without a name, the error says what both tokens said', () => {
  it('a system-assigned identity, with the likely name as a hint', async () => {
    const credential = new Scripted({
      [database]: claimSets.managedIdentity,
      [management]: claimSets.systemAssignedForManagement,
    });
    await expect(signIn(credential)).rejects.toMatchObject({
      code: 'ROLE_UNKNOWN',
      message: expect.stringMatching(/management\.azure\.com.*sites\/my-site/),
      hint: expect.stringContaining('"my-site"'),
    });
  });

  it('one that gets no second token', async () => {
    const credential = new Scripted({ [database]: claimSets.servicePrincipal });
    const error = (await signIn(credential).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({
      code: 'ROLE_UNKNOWN',
      message: expect.stringMatching(/appid=.*no token for https:\/\/management/),
    });
    expect(error.message).not.toMatch(/eyJ/);
  });

  it('one whose second token is another identity’s', async () => {
    const other = { ...claimSets.managedIdentityForManagement, oid: '66666666-6666-4666-a666-666666666666' };
    const credential = new Scripted({ [database]: claimSets.managedIdentity, [management]: other });
    const error = (await signIn(credential).catch((reason: unknown) => reason)) as Error & { hint: string };
    expect(error.message).toMatch(/another identity/);
    expect(error.message + error.hint).not.toMatch(/my-app/);
  });

  it('one with an opaque token, which is not asked further', async () => {
    const opaque = {
      getToken: async () => ({ token: 'opaque', expiresOnTimestamp: Date.now() + 3_600_000 }),
    };
    const connection = resolveConnection(azure, { credential: opaque }, {});
    const get = signInSource(connection).get({
      signal: new AbortController().signal,
      host: 'srv.postgres.database.azure.com',
    });
    await expect(get).rejects.toMatchObject({ code: 'ROLE_UNKNOWN' });
  });
});
