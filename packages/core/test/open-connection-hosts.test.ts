import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AzurePgError, type ConnectionOptions, openConnection, resolveConnection } from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostileServer } from './hostile-server.ts';

// Two real servers with the same password: a primary, and a standby that has nobody to follow but is one all the same.
let primary: Emulator;
let standby: Emulator;
let password: string;
beforeAll(async () => {
  const hba = ['host all tls_optional 127.0.0.1/32 trust'];
  [primary, standby] = await Promise.all([
    startEmulator({ pooler: { poolMode: 'transaction' }, postgres: { hba } }),
    startEmulator({ pooler: false, postgres: { hba } }),
  ]);
  password = primary.postgres.password;
  for (const emulator of [primary, standby])
    await emulator.query(`create role tls_optional login password '${password}'`);
  await standby.postgres.stop();
  writeFileSync(join(standby.folder, 'data', 'standby.signal'), '');
  await standby.postgres.start();
});
afterAll(() => Promise.all([primary.stop(), standby.stop()]));

const refused = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

async function openedOn(ports: readonly number[], options: ConnectionOptions = {}): Promise<number> {
  const connection = resolveConnection(
    {
      host: ports.map(() => 'localhost').join(','),
      hostaddr: ports.map(() => '127.0.0.1').join(','),
      port: ports.join(','),
      user: 'tls_optional',
      dbname: 'postgres',
      sslmode: 'require',
      connect_timeout: 8,
      connect_retry_timeout: 0,
      ...options,
    },
    undefined,
    {},
  );
  const opened = await openConnection(connection);
  opened.socket.destroy();
  return opened.host.port;
}

describe('several hosts', () => {
  it('a host that refuses, or does not answer in its share of the time, does not keep from the next', async () => {
    await using silent = await HostileServer.start(() => {});
    const begun = performance.now();
    const port = await openedOn([await refused(), silent.port, primary.postgres.port], {
      connect_timeout: 6,
    });
    expect(port).toBe(primary.postgres.port);
    expect(performance.now() - begun).toBeLessThan(6000);
  });

  it('a server that is starting up (57P03) makes way for the next', async () => {
    await using starting = await HostileServer.start(async (peer) => {
      await peer.sslRequest();
      peer.socket.write('N');
      await peer.startup();
      peer.send('E', 'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
    });
    const port = await openedOn([starting.port, primary.postgres.port], { sslmode: 'prefer' });
    expect(port).toBe(primary.postgres.port);
  });

  it('a refused password, a bad certificate or missing TLS is final: the next host is not a way around it', async () => {
    const port = primary.postgres.port;
    await expect(openedOn([port, port], { user: 'app', password: 'wrong' })).rejects.toMatchObject({
      serverError: { code: '28P01' },
    });
    await expect(openedOn([port, port], { sslmode: 'verify-full' })).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_TRUSTED',
    });
    await using plain = await HostileServer.start(async (peer) => {
      await peer.sslRequest();
      peer.socket.write('N');
    });
    await expect(openedOn([plain.port, port])).rejects.toMatchObject({ code: 'TLS_NOT_OFFERED' });
  });

  it('the error of a failure everywhere names every host and keeps the system’s codes', async () => {
    const ports = [await refused(), await refused()];
    const error = await openedOn(ports).catch((reason: AzurePgError) => reason);
    expect(error).toBeInstanceOf(AzurePgError);
    const { code, message, cause } = error as AzurePgError;
    expect(code).toBe('HOST_UNREACHABLE');
    for (const port of ports) expect(message).toContain(`port ${port}: ECONNREFUSED`);
    expect(cause).toBeInstanceOf(AggregateError);
    expect(cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('load_balance_hosts=random spreads the connections', async () => {
    const ports = [primary.postgres.port, standby.postgres.port];
    const seen = new Set<number>();
    for (let count = 0; count < 40 && seen.size < 2; count++)
      seen.add(await openedOn(ports, { load_balance_hosts: 'random' }));
    expect(seen.size).toBe(2);
  });

  it('a name that does not resolve is followed by the next host', async () => {
    const port = primary.postgres.port;
    const connection = resolveConnection(
      {
        host: 'does-not-exist.invalid,127.0.0.1',
        port: `${port},${port}`,
        user: 'tls_optional',
        sslmode: 'require',
        connect_timeout: 8,
        dbname: 'postgres',
      },
      undefined,
      {},
    );
    const opened = await openConnection(connection);
    opened.socket.destroy();
    expect(opened.host.host).toBe('127.0.0.1');
  });
});

describe('target_session_attrs', () => {
  const both = (): [number, number] => [standby.postgres.port, primary.postgres.port];
  it.each([
    ['any', 'standby'],
    ['read-write', 'primary'],
    ['read-only', 'standby'],
    ['primary', 'primary'],
    ['standby', 'standby'],
    ['prefer-standby', 'standby'],
  ] as const)('%s finds the %s', async (target_session_attrs, expected) => {
    const [first, second] = both();
    const wanted = expected === 'standby' ? first : second;
    expect(await openedOn([first, second], { target_session_attrs })).toBe(wanted);
    if (target_session_attrs !== 'any')
      expect(await openedOn([second, first], { target_session_attrs })).toBe(wanted);
  });

  it('prefer-standby takes a primary where there is no standby, the others say what they found', async () => {
    const [, port] = both();
    expect(await openedOn([port], { target_session_attrs: 'prefer-standby' })).toBe(port);
    await expect(openedOn([port], { target_session_attrs: 'standby' })).rejects.toMatchObject({
      code: 'SESSION_ATTRS_NOT_MET',
      message: expect.stringMatching(/is a primary, and target_session_attrs is "standby"/),
    });
    await expect(
      openedOn([port, await refused()], { target_session_attrs: 'standby' }),
    ).rejects.toMatchObject({
      code: 'SESSION_ATTRS_NOT_MET',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('a database that is read-only by default is not read-write', async () => {
    await primary.query('alter role tls_optional set default_transaction_read_only = on');
    try {
      const port = primary.postgres.port;
      await expect(openedOn([port], { target_session_attrs: 'read-write' })).rejects.toMatchObject({
        code: 'SESSION_ATTRS_NOT_MET',
      });
      expect(await openedOn([port], { target_session_attrs: 'read-only' })).toBe(port);
      expect(await openedOn([port], { target_session_attrs: 'primary' })).toBe(port);
    } finally {
      await primary.query('alter role tls_optional reset default_transaction_read_only');
    }
  });

  it('through a pooler it is the server behind it that counts', async () => {
    const { pgbouncer } = primary;
    if (pgbouncer === undefined) throw new Error('no pooler');
    const open = async (
      target_session_attrs: 'read-write' | 'standby' | 'primary' | 'read-only',
    ): Promise<void> => {
      const opened = await openConnection(
        resolveConnection(
          pgbouncer.url,
          { target_session_attrs, pool_mode: 'transaction', connect_retry_timeout: 0 },
          {},
        ),
      );
      opened.socket.destroy();
    };
    await open('read-write');
    await open('primary');
    await expect(open('standby')).rejects.toMatchObject({ code: 'SESSION_ATTRS_NOT_MET' });
    await expect(open('read-only')).rejects.toMatchObject({ code: 'SESSION_ATTRS_NOT_MET' });
  });

  it.each([
    ['read-write', 'SHOW transaction_read_only', 'off'],
    ['read-only', 'SHOW transaction_read_only', 'on'],
    ['primary', 'SELECT pg_catalog.pg_is_in_recovery()', 'f'],
    ['standby', 'SELECT pg_catalog.pg_is_in_recovery()', 't'],
  ] as const)(
    'a server before version 14, which does not say, is asked: %s',
    async (target_session_attrs, sql, answer) => {
      const asked: string[] = [];
      await using old = await HostileServer.start(async (peer) => {
        await peer.startup();
        peer.send('R', 0);
        peer.send('Z', 'I');
        asked.push((await peer.message()).toString().replace('\0', ''));
        peer.send('T', Buffer.concat([Buffer.from([0, 1]), Buffer.from('x\0'), Buffer.alloc(18)]));
        peer.send(
          'D',
          Buffer.concat([Buffer.from([0, 1]), Buffer.from([0, 0, 0, answer.length]), Buffer.from(answer)]),
        );
        peer.send('C', 'SELECT 1\0');
        peer.send('Z', 'I');
      });
      expect(await openedOn([old.port], { sslmode: 'disable', target_session_attrs })).toBe(old.port);
      expect(asked).toEqual([sql]);
    },
  );
});

it('a Unix socket is used as it is, and never for an Entra token', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'azure-pg-socket-'));
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // The StartupMessage comes at once: nobody asks for TLS here.
    socket.once('data', (bytes) => {
      expect(bytes.readUInt16BE(4)).toBe(3);
      socket.write(Buffer.concat([Buffer.from('R\0\0\0\x08\0\0\0\0'), Buffer.from('Z\0\0\0\x05I')]));
    });
  });
  await new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve));
  try {
    const options = { host: folder, user: 'me', sslmode: 'verify-full' } as const;
    const opened = await openConnection(resolveConnection(options, undefined, {}));
    opened.socket.destroy();
    expect(opened).toMatchObject({
      encrypted: false,
      verified: false,
      host: { host: folder, hostaddr: undefined },
    });
    const token = { ...options, auth: 'entra', tokenProvider: async () => 'token' } as const;
    await expect(openConnection(resolveConnection(token, undefined, {}))).rejects.toMatchObject({
      code: 'INSECURE_CONNECTION',
      message: expect.stringContaining('Unix socket'),
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  }
});
