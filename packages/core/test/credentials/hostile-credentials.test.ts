import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { signInSource } from '../../src/credentials/sign-in.ts';
import { createTokenProvider } from '../../src/credentials/token/token-provider.ts';
import { warn } from '../../src/notices/warn-once.ts';
import { openConnection } from '../../src/open/open-connection.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';
import { ScriptedCredential, watch } from './scripted-credential.ts';
import { VirtualClock } from './virtual-clock.ts';

const second = 1000;
const hour = 3_600_000;

describe('a function of the user that rejects after the connect was given up does not end the program', () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => {
    rejections.push(reason);
  };
  afterEach(() => {
    process.off('unhandledRejection', note);
    rejections.length = 0;
  });

  it.each([
    ['password', { password: () => Promise.reject(new Error('late')) }],
    ['tokenProvider', { auth: 'entra' as const, tokenProvider: () => Promise.reject(new Error('late')) }],
  ])('%s', async (_, options) => {
    process.on('unhandledRejection', note);
    const connection = resolveConnection('postgresql://ada@127.0.0.1:1/app', options, {});
    const signal = AbortSignal.abort(new Error('given up'));
    const asked = signInSource(connection).get({ signal, host: '127.0.0.1' });
    await expect(asked).rejects.toThrow('given up');
    await expect(openConnection(connection, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    // Node.js reports a rejection without a handler once the microtasks are done.
    await new Promise((resolve) => setImmediate(resolve));
    expect(rejections).toEqual([]);
  });
});

it('a program that waits for a password that never comes ends with the error of connect_timeout, not silently', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  try {
    const program = fork(fileURLToPath(new URL('./programs/waiting-program.ts', import.meta.url)), {
      execArgv: ['--conditions=@azure-pg/source', '--disable-warning=ExperimentalWarning'],
      env: { PATH, NODE_COMPILE_CACHE, PORT: String((server.address() as AddressInfo).port) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    program.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code] = await once(program, 'close');
    expect({ code, output }).toEqual({ code: 0, output: 'CONNECT_TIMEOUT\n' });
  } finally {
    server.close();
  }
}, 30_000);

it('tokens that suddenly live shorter do not make every connect ask for another', async () => {
  const clock = new VirtualClock();
  const long = { after: 10, life: 24 * hour, advise: 12 * hour };
  const credential = new ScriptedCredential(clock, long, { after: 10, life: hour });
  const provider = createTokenProvider({ credential, clock });
  void provider.getToken();
  await clock.runUntil(clock.now() + 14 * hour);
  for (let connect = 0; connect < 600; connect++) {
    void provider.getToken();
    await clock.runUntil(clock.now() + second);
  }
  expect(credential.requests).toBe(2);
});

it('a token that ends sooner than the held one, from another cache of the issuer, makes nobody wait while the held one is good', async () => {
  const clock = new VirtualClock();
  const short = { after: 10, life: 40 * second };
  const credential = new ScriptedCredential(clock, { after: 10, life: hour }, short);
  const provider = createTokenProvider({ credential, clock });
  void provider.getToken();
  await clock.runUntil(clock.now() + 0.9 * hour);
  for (let connect = 0; connect < 300; connect++) {
    const served = watch(provider.getToken());
    await clock.runUntil(clock.now());
    expect(served.state).toBe('done');
    await clock.runUntil(clock.now() + second);
  }
  expect(credential.requests).toBeLessThan(15);
});

it('what was got while the clock was ahead is replaced once it is set right: it ends sooner than it seems', async () => {
  const clock = new VirtualClock();
  let ahead = 6 * hour;
  const shifted = { now: () => clock.now() + ahead, random: clock.random, after: clock.after };
  const ends = new Map<string, number>();
  const credential = {
    async getToken() {
      await clock.wait(10);
      const token = `token-${ends.size + 1}`;
      ends.set(token, clock.now() + hour);
      return { token, expiresOnTimestamp: shifted.now() + hour };
    },
  };
  const provider = createTokenProvider({ credential, clock: shifted });
  void provider.getToken();
  await clock.runUntil(clock.now() + second);
  ahead = 0;
  let expired = 0;
  for (let minute = 0; minute < 7 * 60; minute++) {
    provider.getToken().then(({ token }) => {
      if ((ends.get(token) ?? 0) <= clock.now()) expired++;
    });
    await clock.runUntil(clock.now() + 60 * second);
  }
  expect(expired).toBe(0);
  expect(ends.size).toBeLessThan(12);
});

it('a token that ends while a busy program could not look does not fail the connect that still has time', async () => {
  const clock = new VirtualClock();
  let busy = 0;
  const late = {
    now: clock.now,
    random: clock.random,
    after: (milliseconds: number, callback: () => void) => clock.after(milliseconds + busy, callback),
  };
  const credential = new ScriptedCredential(
    clock,
    { after: 0, life: hour },
    { after: 5 * second, life: hour },
  );
  const provider = createTokenProvider({ credential, clock: late });
  void provider.getToken();
  await clock.runUntil(clock.now() + hour - second);
  busy = 2 * second;
  const served = watch(provider.getToken());
  await clock.runUntil(clock.now() + 10 * second);
  expect(served).toMatchObject({ state: 'done', value: { token: 'token-2' } });
});

describe('whatever a credential throws is an error of ours, and is followed by a pause', () => {
  it.each<[string, unknown]>([
    ['an object without anything', Object.create(null)],
    ['an object that throws when it is looked at', new Proxy({}, { get: () => fail() })],
    ['one whose text throws', { toString: fail }],
    ['a list with such things', { errors: [Object.create(null)] }],
    ['a symbol', Symbol('no')],
    ['nothing', undefined],
  ])('%s', async (_, thrown) => {
    const clock = new VirtualClock();
    const credential = new ScriptedCredential(clock, { after: 0, fail: thrown });
    const provider = createTokenProvider({ credential, clock });
    const first = watch(provider.getToken());
    await clock.runUntil(clock.now());
    expect(first.error).toMatchObject({ name: 'AzurePgError', code: 'TOKEN_UNAVAILABLE' });
    for (let connect = 0; connect < 100; connect++) {
      provider.getToken().catch(() => undefined);
      await clock.runUntil(clock.now() + 10);
    }
    expect(credential.requests).toBeLessThan(10);
  });
});

it.each([-Number.MAX_VALUE, Number.MIN_SAFE_INTEGER])(
  'a token that expired before all time (%s) is said to have expired',
  async (expiresOnTimestamp) => {
    const provider = createTokenProvider({
      credential: { getToken: async () => ({ token: 'x', expiresOnTimestamp }) },
    });
    await expect(provider.getToken()).rejects.toThrow(/expired/);
  },
);

it("an issuer's advice that is not a number is ignored", async () => {
  const clock = new VirtualClock();
  let requests = 0;
  const credential = {
    async getToken() {
      requests++;
      const refreshAfterTimestamp = new Date(clock.now() + hour / 2) as unknown as number;
      return { token: `token-${requests}`, expiresOnTimestamp: clock.now() + hour, refreshAfterTimestamp };
    },
  };
  const provider = createTokenProvider({ credential, clock });
  void provider.getToken();
  await clock.runUntil(clock.now() + 0.95 * hour);
  void provider.getToken();
  await clock.runUntil(clock.now() + second);
  expect(requests).toBe(2);
});

it('a logger that throws does not fail the connect that is warned of', () => {
  const logger = { warn: fail };
  expect(() => warn(logger, 'careful')).not.toThrow();
});

it('a warning that quotes a server is one line without tokens, and without what a terminal obeys', () => {
  const warned: string[] = [];
  warn(
    { warn: (message) => void warned.push(message) },
    'said \u001b]0;owned\u0007\n\u202eeyJhbGciOiJub25l.eyJjYW5hcnkiOiIxIn0.c2ln',
  );
  expect(warned).toEqual(['said  ]0;owned   ***']);
});

function fail(): never {
  throw new Error('hostile');
}

it.each([
  ['a zero byte', 'a\0b'],
  ['an escape sequence', '\u001b]0;owned\u0007'],
  ['a line end', 'a\nb'],
  ['a blank', 'a b'],
])('a token with %s is refused, from a credential and from a function', async (_, token) => {
  const host = 'db.postgres.database.azure.com';
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  for (const options of [{ credential }, { tokenProvider: async () => token }]) {
    const connection = resolveConnection({ host, user: 'ada', ...options }, undefined, {});
    const asked = signInSource(connection).get({ signal: new AbortController().signal, host });
    await expect(asked).rejects.toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  }
});
