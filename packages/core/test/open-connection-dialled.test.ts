import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import {
  AzurePgError,
  type ConnectionOptions,
  cancelQuery,
  type Dial,
  type Host,
  openConnection,
  resolveConnection,
} from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../src/open/open-session.ts';
import { HostileServer } from './hostile-server.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({
    host: 'local.postgres.database.azure.com',
    pooler: false,
    postgres: {
      hba: ['hostnossl all in_plaintext 127.0.0.1/32 trust', 'hostssl all in_plaintext 127.0.0.1/32 reject'],
    },
  });
  await emulator.query('create role in_plaintext login');
});
afterAll(() => emulator.stop());

// Nothing resolves it: only what is dialled leads there.
const name = 'db.private.invalid';
const password = { user: 'ada', password: 'canary', auth: 'password' } as const;
const to = (options: ConnectionOptions) => resolveConnection(options, undefined, {});
/** PostgreSQL itself, behind the tunnel. */
const behind = (options: ConnectionOptions = {}) => {
  const { user, password, port } = emulator.postgres;
  return to({ host: name, port, user, password, database: 'postgres', connect_timeout: 10, ...options });
};
const verified = (): ConnectionOptions => ({
  sslmode: 'verify-full',
  sslrootcert: emulator.ca.pem,
  ssl_server_name: 'localhost',
});

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
/** A stream that is not a socket, as SSH libraries give. */
function channel(socket: Socket): Duplex {
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk, encoding, callback) => void socket.write(chunk, encoding, callback),
    final: (callback) => void socket.end(callback),
    destroy(error, callback) {
      socket.destroy();
      callback(error);
    },
  });
  socket.on('data', (chunk) => stream.push(chunk) || socket.pause());
  socket.on('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => stream.destroy());
  return stream;
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('It was taken');
    },
    (error: unknown) => error,
  );

const dials: [string, () => Dial][] = [
  [
    'a connected socket',
    () =>
      ({ port }) =>
        connected(port),
  ],
  [
    'a socket that is still connecting',
    () =>
      ({ port }) =>
        connect(port, '127.0.0.1'),
  ],
  [
    'a stream that is not a socket',
    () =>
      async ({ port }) =>
        channel(await connected(port)),
  ],
];

describe.each(dials)('over %s', (_name, makeDial) => {
  it('signs in, verified, and cancels over another one', async () => {
    const hosts: Host[] = [];
    const make = makeDial();
    const dial: Dial = (host) => {
      hosts.push(host);
      return make(host);
    };
    const session = await openSession(behind(verified()), { dial });
    expect(session.transport).toMatchObject({ encrypted: true, verified: true });
    const [result] = await session.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    expect(result?.rows).toEqual([['t']]);
    await session.close();
    const opened = await openConnection(behind(verified()), { dial });
    await cancelQuery(opened);
    opened.socket.destroy();
    expect(hosts).toEqual(Array(3).fill({ host: name, port: emulator.postgres.port }));
  });

  it.each(['disable', 'prefer'] as const)(
    'works in plaintext where that is allowed, sslmode=%s',
    async (sslmode) => {
      const connection = behind({ user: 'in_plaintext', password: undefined, sslmode });
      const session = await openSession(connection, { dial: makeDial() });
      expect(session.transport).toMatchObject({ encrypted: false });
      expect((await session.query('select current_user'))[0]?.rows).toEqual([['in_plaintext']]);
      await session.close();
    },
  );
});

it('is verified as any other: a certificate for another name is refused before anything is said', async () => {
  const connection = behind({ ...verified(), ssl_server_name: undefined });
  const error = await failure(openConnection(connection, { dial: ({ port }) => connected(port) }));
  expect(error).toMatchObject({ code: 'HOST_NAME_MISMATCH' });
});

describe('an Entra token', () => {
  const token = { auth: 'entra', user: 'ada', tokenProvider: async () => 'canary-token' } as const;

  it('goes through a tunnel to one of Azure’s hosts, verified', async () => {
    const { hostname, port } = new URL(emulator.url);
    const tokenProvider = async (): Promise<string> => (await emulator.entra.issue({ lifetime: 3500 })).token;
    const options = {
      host: hostname,
      port,
      sslrootcert: emulator.ca.pem,
      database: 'postgres',
      user: 'local-app',
      tokenProvider,
    };
    const session = await openSession(to(options), { dial: () => connected(Number(port)) });
    expect(session.transport).toMatchObject({ encrypted: true, verified: true });
    await session.close();
  });

  it.each<[string, ConnectionOptions, string]>([
    ['to a host that is not Azure’s', { host: name, sslmode: 'verify-full' }, 'HOST_NOT_ALLOWED'],
    [
      'to localhost: the stream may lead anywhere',
      { host: 'localhost', sslmode: 'require' },
      'HOST_NOT_ALLOWED',
    ],
    ['in plaintext', { host: 'x.postgres.database.azure.com', sslmode: 'disable' }, 'INSECURE_CONNECTION'],
    ['over what stands for a Unix socket', { host: '/run/postgresql' }, 'HOST_NOT_ALLOWED'],
  ])('does not go %s', async (_what, options, code) => {
    let dialled = 0;
    const dial: Dial = () => {
      dialled++;
      return new Socket();
    };
    expect(await failure(openConnection(to({ ...token, ...options }), { dial }))).toMatchObject({ code });
    expect(dialled).toBe(0);
  });

  it('goes to no server that offers no TLS', async () => {
    await using server = await HostileServer.start(async (peer) => {
      await peer.sslRequest();
      peer.socket.write('N');
    });
    const connection = to({ ...token, host: 'x.postgres.database.azure.com', connect_timeout: 5 });
    const error = await failure(openConnection(connection, { dial: () => connected(server.port) }));
    expect(error).toMatchObject({ code: 'TLS_NOT_OFFERED' });
    expect(server.received.toString('latin1')).not.toContain('canary');
  });
});

describe('a dial', () => {
  const connection = () => to({ host: name, connect_timeout: 5, ...password });

  it.each([new Error('no way'), 'wat', null, undefined])(
    'that fails with %s fails with just that',
    async (reason) => {
      const rejected = () => Promise.reject(reason);
      const thrown = (): never => {
        throw reason;
      };
      for (const dial of [rejected, thrown]) {
        expect(await failure(openConnection(connection(), { dial }))).toBe(reason);
      }
    },
  );

  it.each([undefined, null, {}])('that gives %s gives no stream', async (nothing) => {
    const dial = (() => nothing) as unknown as Dial;
    expect(await failure(openConnection(connection(), { dial }))).toMatchObject({ code: 'INVALID_SETTING' });
  });

  it('that hangs is bounded by the deadline, and what it gives later is closed', async () => {
    let give: (socket: Socket) => void = () => {};
    const dial = () =>
      new Promise<Socket>((resolve) => {
        give = resolve;
      });
    const asked = openConnection(connection(), { dial, connectTimeout: 50 });
    expect(await failure(asked)).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    const late = new Socket();
    const closed = once(late, 'close');
    give(late);
    await closed;
  });

  it('that hangs ends with the caller’s signal', async () => {
    const caller = new AbortController();
    const asked = openConnection(connection(), { dial: () => new Promise(() => {}), signal: caller.signal });
    caller.abort();
    expect(await failure(asked)).toMatchObject({ code: 'ABORTED' });
  });

  it('whose stream never answers is bounded, and the stream is closed', async () => {
    await using server = await HostileServer.start(() => {});
    const asked = openConnection(connection(), { dial: () => connected(server.port), connectTimeout: 100 });
    expect(await failure(asked)).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    await server.deserted();
  });

  it.each(['sslmode=disable', 'sslmode=prefer', 'sslmode=verify-full'])(
    'whose stream is closed, or half closed, fails at once: %s',
    async (mode) => {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => {});
        socket.end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const closed = async (): Promise<Socket> => {
        const socket = await connected(port);
        socket.destroy();
        return socket;
      };
      const ended = async (): Promise<Socket> => {
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        socket.resume();
        await once(socket, 'end');
        return socket;
      };
      const endedByUs = async (): Promise<Socket> => (await connected(port)).end();
      // Its end has arrived, and nobody has read up to it.
      const ending = async (): Promise<Socket> => {
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        await once(socket, 'readable');
        return socket;
      };
      const [, sslmode] = mode.split('=');
      try {
        for (const dial of [closed, ended, endedByUs, ending]) {
          const error = await failure(
            openConnection(
              to({ host: name, connect_timeout: 60, sslmode, ...password } as ConnectionOptions),
              { dial },
            ),
          );
          expect(error, dial.name).toBeInstanceOf(AzurePgError);
          expect((error as AzurePgError).code, dial.name).toMatch(/HOST_UNREACHABLE|CONNECTION_CLOSED/);
        }
      } finally {
        server.close();
      }
    },
  );

  it('whose socket cannot connect fails as the system says', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const error = await failure(openConnection(connection(), { dial: () => connect(port, '127.0.0.1') }));
    expect(error).toMatchObject({ code: 'HOST_UNREACHABLE', cause: { code: 'ECONNREFUSED' } });
  });
});

it('connectTimeout bounds one opening, and leaves the connection’s own alone', async () => {
  await using server = await HostileServer.start(() => {});
  const connection = to({ host: '127.0.0.1', port: server.port, connect_timeout: 60, ...password });
  const error = await failure(openConnection(connection, { connectTimeout: 50 }));
  expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT', message: expect.stringContaining('0.05 s') });
  expect(connection.connectTimeout).toBe(60_000);
});
