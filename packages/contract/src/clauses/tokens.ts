import { describe, expect, test, vi } from 'vitest';
import type { Context } from '../context.ts';
import { errorChain, errorCodes, rejection } from '../error-chain.ts';
import { testCredential, withParameters } from '../stand.ts';

/** Tokens are asked for when a connection needs one, once, and sessions outlive them. */
export function describeTokens(context: Context): void {
  describe.runIf(context.toggles.entra)('tokens', () => {
    test('a session lives on when its token has expired, and a new one gets a new token', async () => {
      const credential = testCredential(context.stand.ordinary, { lifetime: () => 2 });
      const client = await context.open({
        url: context.stand.entraUrl('direct'),
        options: { credential },
        max: 2,
      });
      const [first] = await client.query('select pg_backend_pid() as pid');
      const expired = Date.now() + 2500;
      while (Date.now() < expired) await new Promise((resolve) => setTimeout(resolve, expired - Date.now()));
      expect(await client.query('select pg_backend_pid() as pid')).toEqual([first]);
      const before = credential.calls;
      // On a busy machine the first query may be done before the other one has its connection.
      await vi.waitFor(async () => {
        const queries = [1, 2].map(() => client.query('select pg_backend_pid() as pid, pg_sleep(0.3)'));
        const servers = new Set((await Promise.all(queries)).map(([row]) => row?.pid));
        expect(servers.size).toBe(2);
      }, 10_000);
      expect(credential.calls).toBeGreaterThan(before);
    });

    test('many connections at once ask for one token', async () => {
      const credential = testCredential(context.stand.ordinary);
      const client = await context.open({
        url: context.stand.entraUrl('direct'),
        options: { credential },
        max: 10,
      });
      await Promise.all(Array.from({ length: 40 }, () => client.query('select pg_sleep(0.01)')));
      expect(credential.calls).toBe(1);
    });

    test('a token that the server refuses is asked for again, once', async () => {
      const credential = testCredential(context.stand.ordinary, {
        lifetime: (call) => (call === 1 ? -60 : 3600),
        claimedLifetime: 3600,
      });
      const client = await context.open({
        url: context.stand.entraUrl('direct'),
        options: { credential },
        max: 1,
      });
      expect(await client.query('select current_user as who')).toEqual([{ who: 'local-app' }]);
      expect(credential.calls).toBe(2);
    });

    const explains = context.toggles.systemErrors;
    test.runIf(explains)(
      'a role that is not the identity’s is explained with the command that makes it',
      async () => {
        const { ordinary } = context.stand;
        const client = await context.open({
          url: withParameters(context.stand.entraUrl('direct'), { user: 'nobodys' }),
          options: { credential: ordinary.entra.credential() },
        });
        const told = JSON.stringify(
          errorChain(await rejection(client.query('select 1'))).map(({ explanation }) => explanation),
        );
        expect(told).toContain(
          `azure-pg role create nobodys --object-id ${ordinary.identities[0]?.objectId} --type service`,
        );
      },
    );

    test('a token that is refused again is an error with the server’s SQLSTATE', async () => {
      const credential = testCredential(context.stand.ordinary, {
        lifetime: () => -60,
        claimedLifetime: 3600,
      });
      const client = await context.open({
        url: context.stand.entraUrl('direct'),
        options: { credential },
        max: 1,
      });
      const codes = errorCodes(await rejection(client.query('select 1')));
      expect(codes.some((code) => /^28/.test(String(code)))).toBe(true);
    });

    test('the user in the URL wins over the one that the token names: a group’s member signs in as the group', async () => {
      const { ordinary } = context.stand;
      const name = `contract group ${Math.random()}`;
      const group = await ordinary.createIdentity({ name, kind: 'group' });
      const identity = await ordinary.createIdentity({
        name: `${name} member`,
        role: false,
        memberOf: [group],
      });
      const credential = testCredential(ordinary, { identity });
      const url = new URL(context.stand.entraUrl('direct'));
      url.username = name;
      const client = await context.open({ url: url.href, options: { credential } });
      expect(await client.query('select current_user as who')).toEqual([{ who: name }]);
    });

    test('a credential that fails fails the query with its own words', async () => {
      const credential = { getToken: () => Promise.reject(new Error('the identity endpoint is on strike')) };
      const client = await context.open({
        url: context.stand.entraUrl('direct'),
        options: { credential },
        max: 1,
      });
      const error = await rejection(client.query('select 1'));
      expect(errorCodes(error)).toContain('TOKEN_UNAVAILABLE');
      await rejection(client.query('select 1'));
    });
  });
}
