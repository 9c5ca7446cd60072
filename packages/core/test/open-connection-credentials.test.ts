import { setTimeout as wait } from 'node:timers/promises';
import { AzurePgError, type ConnectionOptions, openConnection, resolveConnection } from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { permittedAttempts } from '../src/open/credential-safety.ts';
import { openConnectionWith } from '../src/open/open-connection.ts';
import { HostileServer } from './hostile-server.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());

const token = async (): Promise<string> => 'canary-token';
/** What rule 1 of the design permits, by encryption and verification; or the code of its refusal. */
function permitted(options: ConnectionOptions, url?: string): string[] {
  const connection =
    url === undefined ? resolveConnection(options, undefined, {}) : resolveConnection(url, options, {});
  const [host] = connection.hosts;
  if (host === undefined) throw new Error('no host');
  try {
    return permittedAttempts(connection, host).map(({ encryption, verify }) =>
      encryption === 'tls' ? verify : encryption,
    );
  } catch (error) {
    return [(error as AzurePgError).code];
  }
}

describe('where a credential may travel', () => {
  const azure = 'x.postgres.database.azure.com';
  const entra = { auth: 'entra', tokenProvider: token } as const;
  const vault = { password: 'keyvault:https://v.vault.azure.net/secrets/s' } as const;
  it.each<[options: ConnectionOptions, expected: string[]]>([
    // An Entra token.
    [{ ...entra, host: azure }, ['full']],
    [{ ...entra, host: azure, sslmode: 'verify-ca' }, ['chain']],
    [{ ...entra, host: azure, sslmode: 'require' }, ['none']],
    [{ ...entra, host: azure, sslmode: 'prefer' }, ['none']],
    [{ ...entra, host: azure, sslmode: 'allow' }, ['none']],
    [{ ...entra, host: azure, sslmode: 'disable' }, ['INSECURE_CONNECTION']],
    [{ ...entra, host: 'localhost' }, ['full']],
    [{ ...entra, host: 'localhost', trust: 'azure', sslmode: 'prefer' }, ['chain']],
    [{ ...entra, host: 'localhost', sslmode: 'prefer' }, ['none']],
    [{ ...entra, host: 'localhost', sslmode: 'disable' }, ['INSECURE_CONNECTION']],
    [{ ...entra, host: 'evil.example.com', sslmode: 'verify-full' }, ['HOST_NOT_ALLOWED']],
    [
      { ...entra, host: 'postgres.database.azure.com.evil.example', sslmode: 'verify-full' },
      ['HOST_NOT_ALLOWED'],
    ],
    [{ ...entra, host: 'db.example.com', sslmode: 'verify-full', allowed_hosts: '.example.com' }, ['full']],
    [{ ...entra, host: 'localhost', hostaddr: '192.0.2.1', sslmode: 'verify-full' }, ['HOST_NOT_ALLOWED']],
    // The name that is verified decides who may take the token.
    [{ ...entra, host: azure, ssl_server_name: 'evil.example' }, ['HOST_NOT_ALLOWED']],
    [{ ...entra, host: azure, hostaddr: '192.0.2.1', ssl_server_name: 'localhost' }, ['HOST_NOT_ALLOWED']],
    [{ ...entra, host: azure, ssl_server_name: 'y.postgres.database.azure.com' }, ['full']],
    [{ ...entra, host: azure, ssl_server_name: 'db.example.com', allowed_hosts: '.example.com' }, ['full']],
    [{ ...entra, host: 'db.example.com', ssl_server_name: azure }, ['HOST_NOT_ALLOWED']],
    [{ ...entra, host: 'localhost', ssl_server_name: 'evil.example' }, ['full']],
    [{ ...entra, host: 'localhost', hostaddr: '192.0.2.1', ssl_server_name: azure }, ['HOST_NOT_ALLOWED']],
    // A password for Azure.
    [{ host: azure, password: 'x' }, ['full']],
    [{ host: azure, password: 'x', sslmode: 'prefer' }, ['none', 'plaintext']],
    [{ host: azure, password: 'x', sslmode: 'disable' }, ['plaintext']],
    // A password from Key Vault is worth what a token is, but on this machine.
    [{ ...vault, host: 'db.example.com' }, ['full']],
    [{ ...vault, host: 'db.example.com', sslmode: 'require' }, ['none']],
    [{ ...vault, host: 'db.example.com', sslmode: 'prefer' }, ['none', 'plaintext']],
    [{ ...vault, host: 'db.example.com', sslmode: 'disable' }, ['plaintext']],
    [{ ...vault, host: 'localhost', hostaddr: '192.0.2.1' }, ['full']],
    [{ ...vault, host: 'localhost' }, ['none', 'plaintext']],
    // A password for any other server: libpq's way.
    [{ host: 'db.example.com', password: 'x' }, ['none', 'plaintext']],
    [{ host: 'db.example.com', password: 'x', sslmode: 'require' }, ['none']],
  ])('%j', (options, expected) => expect(permitted({ user: 'u', ...options })).toEqual(expected));

  it('a mode that nobody wrote down permits neither plaintext nor TLS that checks nothing', () => {
    for (const options of [
      { host: azure, password: 'x' },
      { host: azure, ...entra },
    ]) {
      const connection = resolveConnection({ user: 'u', ...options }, undefined, {});
      const [host] = connection.hosts;
      if (host === undefined) throw new Error('no host');
      for (const mode of ['disable', 'allow', 'prefer', 'require'] as const) {
        const silent = {
          ...connection,
          tls: { ...connection.tls, mode },
          sourceOf: () => 'default' as const,
        };
        expect(() => permittedAttempts(silent, host)).toThrow(
          expect.objectContaining({
            code: 'INSECURE_CONNECTION',
            hint: expect.stringContaining('verify-full'),
          }),
        );
      }
    }
  });

  it('one host that may not have the token stops everything before anything is dialled', async () => {
    await using server = await HostileServer.start(() => {});
    const connection = resolveConnection(
      {
        host: `localhost,evil.example.com`,
        port: String(server.port),
        user: 'u',
        sslmode: 'verify-full',
        ...entra,
      },
      undefined,
      {},
    );
    await expect(openConnection(connection)).rejects.toMatchObject({ code: 'HOST_NOT_ALLOWED' });
    expect(server.received).toHaveLength(0);
  });

  it('a token over TLS that checks nothing is warned of once per process and endpoint', async () => {
    const warnings: string[] = [];
    const logger = { warn: (message: string) => void warnings.push(message) };
    const url = new URL(emulator.url);
    url.searchParams.delete('sslrootcert');
    url.searchParams.set('sslmode', 'require');
    for (let count = 0; count < 3; count++) {
      const issued = await emulator.entra.issueToken();
      const tokenProvider = async (): Promise<string> => issued;
      const options = { logger, tokenProvider, user: 'local-app' };
      const opened = await openConnection(resolveConnection(url.href, options, {}));
      expect(opened).toMatchObject({ encrypted: true, verified: false });
      opened.socket.destroy();
    }
    expect(warnings.filter((text) => text.includes('without checking its certificate'))).toHaveLength(1);
    expect(warnings.join()).not.toMatch(/eyJ/);
  });
});

describe('a credential that the server refuses, or that takes its time', () => {
  const connection = () => resolveConnection(emulator.postgres.url, undefined, {});

  it('is asked for again once, and only once', async () => {
    const given: string[] = [];
    const source = (passwords: string[]) => ({
      get: async () => {
        const password = passwords[Math.min(given.length, passwords.length - 1)] as string;
        given.push(password);
        return { user: 'app', password };
      },
      refused: () => true,
    });
    const opened = await openConnectionWith(source(['old', emulator.postgres.password]), connection());
    opened.socket.destroy();
    expect(given).toEqual(['old', emulator.postgres.password]);
    given.length = 0;
    await expect(
      openConnectionWith(source(['old', 'older', emulator.postgres.password]), connection()),
    ).rejects.toMatchObject({
      serverError: { code: '28P01' },
    });
    expect(given).toEqual(['old', 'older']);
  });

  it('fails before the server is there: the dialling stops, and that error is the one', async () => {
    await using silent = await HostileServer.start(() => {});
    const slow = resolveConnection(
      { host: '127.0.0.1', port: silent.port, user: 'u', connect_timeout: 20 },
      undefined,
      {},
    );
    const source = {
      get: async () => {
        await wait(100);
        throw new AzurePgError('TOKEN_UNAVAILABLE', 'no credential');
      },
      refused: () => false,
    };
    await expect(openConnectionWith(source, slow)).rejects.toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
    await silent.deserted();
  });

  it('is no longer waited for when the server cannot be reached', async () => {
    let stopped = false;
    const source = {
      get: ({ signal }: { signal: AbortSignal }) =>
        new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => {
            stopped = true;
            reject(signal.reason);
          });
        }),
      refused: () => false,
    };
    const nowhere = resolveConnection({ host: '127.0.0.1', port: 1, user: 'u' }, undefined, {});
    await expect(openConnectionWith(source, nowhere)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect(stopped).toBe(true);
  });

  it('comes after the server gave up the waiting socket: a new one is dialled', async () => {
    let dialled = 0;
    await using impatient = await HostileServer.start(async (peer) => {
      dialled++;
      if (dialled === 1) return void peer.socket.end();
      await peer.startup();
      peer.send('R', 0);
      peer.send('Z', 'I');
    });
    const patient = resolveConnection(
      { host: '127.0.0.1', port: impatient.port, user: 'u', sslmode: 'disable' },
      undefined,
      {},
    );
    const source = {
      get: async () => {
        await wait(300);
        return { user: 'u', password: undefined };
      },
      refused: () => false,
    };
    const opened = await openConnectionWith(source, patient);
    opened.socket.destroy();
    expect(dialled).toBe(2);
  });

  it('takes longer than a server waits: the socket is given up after five seconds and dialled again when it is there', async () => {
    const dialled: { closed: boolean }[] = [];
    await using server = await HostileServer.start(async (peer) => {
      const mine = { closed: false };
      dialled.push(mine);
      peer.socket.on('close', () => {
        mine.closed = true;
      });
      await peer.startup();
      peer.send('R', 0);
      peer.send('Z', 'I');
    });
    const patient = resolveConnection(
      { host: '127.0.0.1', port: server.port, user: 'u', sslmode: 'disable' },
      undefined,
      {},
    );
    let give: (signIn: { user: string; password: undefined }) => void = () => {};
    const get = (): Promise<{ user: string; password: undefined }> =>
      new Promise((resolve) => {
        give = resolve;
      });
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await new Promise((resolve) => setImmediate(resolve));
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const opening = openConnectionWith({ get, refused: () => false }, patient);
      await until(() => dialled.length === 1);
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(4900);
      expect(dialled[0]?.closed).toBe(false);
      vi.advanceTimersByTime(200);
      await until(() => dialled[0]?.closed === true);
      expect(dialled).toHaveLength(1);
      give({ user: 'u', password: undefined });
      const opened = await opening;
      opened.socket.destroy();
      expect(dialled).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
