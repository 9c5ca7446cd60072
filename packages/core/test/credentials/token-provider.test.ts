import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { entraTokenProvider } from '../../src/credentials/token/entra-token-provider.ts';
import { createTokenProvider } from '../../src/credentials/token/token-provider.ts';
import type { TokenProviderOptions } from '../../src/credentials/token/token-source.ts';
import { AzurePgError } from '../../src/errors/azure-pg-error.ts';
import { type Answer, ScriptedCredential, watch } from './scripted-credential.ts';
import { VirtualClock } from './virtual-clock.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

function setUp(script: Answer[], options: Partial<TokenProviderOptions> = {}) {
  const clock = new VirtualClock();
  const credential = new ScriptedCredential(clock, ...script);
  const provider = createTokenProvider({ credential, clock, name: 'TestCredential', ...options });
  const after = (milliseconds: number): Promise<void> => clock.runUntil(clock.now() + milliseconds);
  return { clock, credential, provider, after };
}

const good: Answer = { after: 100, life: hour };
const failure: Answer = { after: 100, fail: new Error('The service is not well.') };

describe('asking', () => {
  it('1,000 connects from a cold cache make one request', async () => {
    const { credential, provider, after } = setUp([good]);
    const all = Promise.all(Array.from({ length: 1000 }, () => provider.getToken()));
    await after(100);
    expect(new Set((await all).map(({ token }) => token))).toEqual(new Set(['token-1']));
    expect(credential.requests).toBe(1);
  });

  it('a connect that finds a good token does not wait', async () => {
    const { credential, provider, after } = setUp([good]);
    void provider.getToken();
    await after(50 * minute - second);
    const served = watch(provider.getToken());
    await after(0);
    expect(served.state).toBe('done');
    expect(credential.requests).toBe(1);
  });

  it('the next token is fetched behind the connects before the old one ends', async () => {
    const { credential, provider, after } = setUp([good]);
    void provider.getToken();
    await after(55 * minute);
    const before = watch(provider.getToken());
    await after(0);
    expect(before.value?.token).toBe('token-1');
    expect(credential.requests).toBe(2);
    await after(second);
    const later = watch(provider.getToken());
    await after(0);
    expect(later.value?.token).toBe('token-2');
    expect(credential.requests).toBe(2);
  });

  it("the issuer's advice when to refresh is followed", async () => {
    const { credential, provider, after } = setUp([{ after: 0, life: 24 * hour, advise: 12 * hour }]);
    void provider.getToken();
    await after(11.9 * hour);
    void provider.getToken();
    await after(second);
    expect(credential.requests).toBe(1);
    await after(1.5 * hour);
    void provider.getToken();
    await after(second);
    expect(credential.requests).toBe(2);
  });

  it('a program that does not connect asks for nothing: there are no timers', async () => {
    const { credential, provider, after } = setUp([good]);
    void provider.getToken();
    await after(10 * hour);
    expect(credential.requests).toBe(1);
  });

  it('a token that would not outlive the connect is not handed out', async () => {
    const { provider, after } = setUp([good]);
    void provider.getToken();
    await after(hour - 20 * second);
    const served = watch(provider.getToken());
    await after(0);
    expect(served.state).toBe('open');
    await after(second);
    expect(served.value?.token).toBe('token-2');
  });

  it('unless that is all the credential gives: short tokens are used for half their life, not fetched for every connect', async () => {
    const { credential, provider, after } = setUp([{ after: 0, life: 20 * second }]);
    void provider.getToken();
    await after(9 * second);
    for (let connect = 0; connect < 10; connect++) void provider.getToken();
    await after(second / 2);
    expect(credential.requests).toBeLessThanOrEqual(2);
    await after(second);
    void provider.getToken();
    await after(second);
    expect(credential.requests).toBe(2);
  });

  it('a credential with a cache of its own, which gives the same token again, is not asked for every connect', async () => {
    const { clock, credential, provider, after } = setUp([good]);
    const end = clock.now() + hour;
    credential.getToken = async () => {
      credential.requests++;
      return { token: 'the-same', expiresOnTimestamp: end };
    };
    let served = 0;
    for (let at = 0; at < hour - second; at += second) {
      provider.getToken().then(({ expiresOnTimestamp }) => {
        if (expiresOnTimestamp > clock.now()) served++;
      });
      await after(second);
    }
    expect(served).toBe(3599);
    expect(credential.requests).toBeLessThan(60);
  });
});

describe('failures', () => {
  it('a failed refresh keeps the good token in use, and the service is not hammered', async () => {
    const { credential, provider, after } = setUp([good, failure]);
    void provider.getToken();
    await after(54 * minute);
    let failed = 0;
    for (let at = 0; at < 300; at++) {
      provider.getToken().catch(() => failed++);
      await after(second);
    }
    expect(failed).toBe(0);
    expect(credential.requests).toBeGreaterThan(3);
    expect(credential.requests).toBeLessThan(16);
  });

  it('a failure is not remembered: the next connect after the recovery succeeds', async () => {
    const { provider, after } = setUp([failure, good]);
    const first = watch(provider.getToken());
    await after(second);
    expect(first.state).toBe('failed');
    const next = watch(provider.getToken());
    await after(2 * second);
    expect(next.value?.token).toBe('token-2');
  });

  it('connects without a token do not make a storm of requests at a service that fails at once', async () => {
    const { credential, provider, after } = setUp([{ after: 0, fail: new Error('no') }]);
    for (let connect = 0; connect < 3000; connect++) {
      provider.getToken().catch(() => undefined);
      await after(20);
    }
    expect(credential.requests).toBeLessThan(120);
  });

  it('says which credential failed and why, once, and without its secrets', async () => {
    const fail = Object.assign(
      new Error('client_secret=hunter2canary was refused for eyJhbGciOiJ.eyJjYW5hcnkiOiJ9.c2lnbmF0dXJl'),
      {
        request: { body: 'hunter2canary' },
      },
    );
    const { provider, after } = setUp([{ after: 0, fail }]);
    const seen = watch(provider.getToken());
    await after(second);
    expect(seen.error).toBeInstanceOf(AzurePgError);
    const error = seen.error as AzurePgError;
    expect(error.code).toBe('TOKEN_UNAVAILABLE');
    expect(error.message).toContain('TestCredential: client_secret=[hidden] was refused');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary|eyJ/);
  });

  it('of a chain it names every member', async () => {
    const chain = Object.assign(new Error('ChainedTokenCredential authentication failed.\nlong'), {
      name: 'AggregateAuthenticationError',
      errors: [
        new Error('EnvironmentCredential is unavailable. Environment variables are not fully configured.'),
        new Error('ManagedIdentityCredential: Network unreachable.'),
        new Error('Please run "az login"'),
      ],
    });
    const { provider, after } = setUp([{ after: 0, fail: chain }]);
    const seen = watch(provider.getToken());
    await after(second);
    const { message, hint } = seen.error as AzurePgError;
    expect(message).toContain('EnvironmentCredential is unavailable');
    expect(message).toContain('| ManagedIdentityCredential: Network unreachable.');
    expect(hint).toContain('az login');
  });

  it.each([
    ['nothing', null],
    ['no text', { token: 5, expiresOnTimestamp: Date.now() }],
    ['no expiry', { token: 'x' }],
    ['an expired token', { token: 'x', expiresOnTimestamp: 1000 }],
    ['an expiry in seconds', { token: 'x', expiresOnTimestamp: Math.floor(Date.UTC(2030, 0) / 1000) }],
  ])('a credential that gives %s fails with a word on it', async (_, given) => {
    const clock = new VirtualClock();
    const provider = createTokenProvider({ credential: { getToken: async () => given as never }, clock });
    const seen = watch(provider.getToken());
    await clock.runUntil(clock.now() + second);
    expect(seen.error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  });

  it.each([[undefined], [null], ['x'], [{}], [{ getToken: 5 }]])(
    '%o is not a credential, and that is said at once',
    (credential) => {
      expect(() => createTokenProvider({ credential: credential as never })).toThrow(
        /must be a TokenCredential/,
      );
      if (credential !== undefined) {
        expect(() => entraTokenProvider(credential as never)).toThrow(/must be a TokenCredential/);
      }
    },
  );

  it('a function that makes no credential fails the connect, not the program', async () => {
    const provider = createTokenProvider({ credential: () => null as never });
    await expect(provider.getToken()).rejects.toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  });

  it('a scope that no server takes is refused', () => {
    const credential = { getToken: async () => null };
    expect(() => createTokenProvider({ credential, scope: 'https://x.net//.default' })).toThrow(
      /one slash|slash/,
    );
  });

  it('a credential that throws at once fails the connect, not the program', async () => {
    const credential = {
      getToken(): never {
        throw new Error('broken');
      },
    };
    await expect(createTokenProvider({ credential }).getToken()).rejects.toThrow('broken');
  });
});

it('a clock that was set back does not make connects wait for the time it had been ahead', async () => {
  const clock = new VirtualClock();
  let ahead = 6 * hour;
  const shifted = { now: () => clock.now() + ahead, random: clock.random, after: clock.after };
  const credential = new ScriptedCredential(clock, failure, good);
  const provider = createTokenProvider({ credential, clock: shifted });
  provider.getToken().catch(() => undefined);
  await clock.runUntil(clock.now() + second);
  ahead = 0;
  const next = watch(provider.getToken());
  await clock.runUntil(clock.now() + second);
  expect(next.value?.token).toBe('token-2');
});

describe('waiting', () => {
  it('one caller that gives up leaves the request to the others', async () => {
    const { credential, provider, after } = setUp([{ after: 5 * second, life: hour }]);
    const controller = new AbortController();
    const impatient = watch(provider.getToken({ signal: controller.signal }));
    const patient = watch(provider.getToken());
    await after(second);
    controller.abort(new Error('enough'));
    await after(0);
    expect(impatient.error).toMatchObject({ message: 'enough' });
    expect(credential.signals[0]?.aborted).toBe(false);
    await after(5 * second);
    expect(patient.value?.token).toBe('token-1');
  });

  it('a request that hangs ends after its time; the next connect makes a new one', async () => {
    const { credential, provider, after } = setUp(['silence', good]);
    const first = watch(provider.getToken());
    await after(31 * second);
    expect((first.error as AzurePgError).message).toMatch(/TestCredential did not answer within 30 seconds/);
    expect(credential.signals[0]?.aborted).toBe(true);
    const next = watch(provider.getToken());
    await after(2 * second);
    expect(next.value?.token).toBe('token-2');
  });

  it('who joins a request that had hung before gets a fair try of its own', async () => {
    const { provider, after } = setUp(['silence', good]);
    void provider.getToken().catch(() => undefined);
    await after(25 * second);
    const late = watch(provider.getToken());
    await after(7 * second);
    expect(late.value?.token).toBe('token-2');
  });

  it('after a connect with a short deadline met silence, the next one asks again instead of waiting for the dead request', async () => {
    const { credential, provider, after } = setUp(['silence', good]);
    const first = watch(provider.getToken({ timeout: 4 * second }));
    await after(5 * second);
    expect((first.error as AzurePgError).message).toMatch(/did not answer within 4 seconds/);
    const next = watch(provider.getToken({ timeout: 4 * second }));
    await after(second);
    expect(next.value?.token).toBe('token-2');
    expect(credential.requests).toBe(2);
  });

  it('what comes too late for its own request is kept, and serves those who wait for the next', async () => {
    const { credential, provider, after } = setUp([{ after: 35 * second, life: hour }, 'silence']);
    void provider.getToken().catch(() => undefined);
    await after(32 * second);
    const next = watch(provider.getToken());
    await after(4 * second);
    expect(next.value?.token).toBe('token-1');
    expect(credential.requests).toBe(2);
  });

  it('a good token that is short of life is used when the service keeps silent', async () => {
    const { clock, provider, after } = setUp([good, 'silence']);
    void provider.getToken();
    await after(hour - 20 * second);
    const served = watch(provider.getToken());
    await after(12 * second);
    expect(served.value?.token).toBe('token-1');
    expect(served.value?.expiresOnTimestamp).toBeGreaterThan(clock.now());
  });

  it('a request already aborted asks for nothing', async () => {
    const { credential, provider } = setUp([good]);
    await expect(provider.getToken({ signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    expect(credential.requests).toBe(0);
  });
});

describe('a token that the server refuses', () => {
  it('is replaced by a new one', async () => {
    const { provider, after } = setUp([good]);
    void provider.getToken();
    await after(minute);
    expect(provider.refuse('token-1')).toBe(true);
    const next = watch(provider.getToken());
    await after(second);
    expect(next.value?.token).toBe('token-2');
  });

  it('makes one request, however many connects were refused it', async () => {
    const { credential, provider, after } = setUp([good]);
    void provider.getToken();
    await after(minute);
    for (let connect = 0; connect < 1000; connect++) {
      expect(provider.refuse('token-1')).toBe(true);
      void provider.getToken();
    }
    await after(second);
    expect(credential.requests).toBe(2);
    // A straggler that was refused the old one: the new one is there for it.
    expect(provider.refuse('token-1')).toBe(true);
    void provider.getToken();
    await after(second);
    expect(credential.requests).toBe(2);
  });

  it('refusals of one fresh token after the other do not become a storm of requests', async () => {
    const { credential, provider, after } = setUp([good]);
    for (let connect = 0; connect < 3600; connect++) {
      provider.getToken().then(({ token }) => provider.refuse(token));
      await after(second);
    }
    expect(credential.requests).toBeLessThan(15);
  });

  it('serves again when no other can be had: one pool with a wrong role must not take the token from the rest', async () => {
    const { provider, after } = setUp([good, failure]);
    void provider.getToken();
    await after(minute);
    provider.refuse('token-1');
    const served = watch(provider.getToken());
    await after(second);
    expect(served.value?.token).toBe('token-1');
    // And from then on without waiting; the search for a new one goes on behind the connects.
    const next = watch(provider.getToken());
    await after(0);
    expect(next.state).toBe('done');
  });
});

it('a token shows itself to nobody but who asks for it', async () => {
  const credential = { getToken: async () => ({ token: 'canary', expiresOnTimestamp: Date.now() + hour }) };
  const provider = createTokenProvider({ credential });
  const token = await provider.getToken();
  expect(token.token).toBe('canary');
  for (const shown of [
    inspect({ token, provider }, { depth: 9 }),
    JSON.stringify({ token, provider }),
    String(token),
  ]) {
    expect(shown).not.toContain('canary');
  }
});
