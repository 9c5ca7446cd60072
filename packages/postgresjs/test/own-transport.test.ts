import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { rejection, type Stand, startStand, testCredential, withParameters } from '@azure-pg/contract';
import { forgetPooling, resolveConnection } from '@azure-pg/core';
import { startEmulator } from '@azure-pg/emulator';
import driver from 'postgres';
import oldest from 'postgres-oldest';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import postgres from '../src/index.ts';

// The machine may be busy.
const patience = { timeout: 15_000 };

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const opened: postgres.Sql[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sql) => sql.end({ timeout: 0 })));
});
function open(...given: Parameters<typeof postgres>): postgres.Sql {
  const sql = postgres(...given);
  opened.push(sql);
  return sql;
}

/** A tunnel to this machine, as postgres.js' users write one. */
class Tunnel {
  readonly hosts: string[] = [];
  readonly sockets: Socket[] = [];
  readonly socket = async ({
    host: [host],
    port: [port],
  }: {
    host: string[];
    port: number[];
  }): Promise<Socket> => {
    this.hosts.push(`${host}:${port}`);
    const socket = connect(port as number, '127.0.0.1');
    this.sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
}

/** A stream that is not a socket, as SSH libraries give. */
function channelOver(socket: Socket): Duplex {
  const channel = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, encoding, callback) => void socket.write(chunk, encoding, callback),
    final: (callback) => void socket.end(callback),
    destroy(error, callback) {
      socket.destroy();
      callback(error);
    },
  });
  socket.on('data', (chunk) => channel.push(chunk) || socket.pause());
  socket.on('end', () => channel.push(null));
  socket.on('error', (error) => channel.destroy(error));
  return channel;
}

/** Without its hostaddr: nothing but the tunnel leads there. */
function unreachable(url: string): string {
  const changed = new URL(url);
  changed.searchParams.delete('hostaddr');
  return changed.href;
}

describe('the option socket', () => {
  test('carries the sign-in with a token, verified, to a host that is not reachable from here', async () => {
    const tunnel = new Tunnel();
    const credential = testCredential(stand.ordinary);
    const sql = open(unreachable(stand.entraUrl('direct')), { credential, max: 1, socket: tunnel.socket });
    const [row] = await sql`select current_user as who, ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    expect(row).toMatchObject({ who: 'local-app' });
    expect(tunnel.hosts).toEqual([`local.postgres.database.azure.com:${stand.ordinary.ports.direct}`]);
  });

  test('gets no token where the server is not the host that was named', async () => {
    const tunnel = new Tunnel();
    const credential = testCredential(stand.ordinary);
    const url = withParameters(unreachable(stand.entraUrl('direct')), { sslrootcert: 'system' });
    const error = await rejection(open(url, { credential, max: 1, socket: tunnel.socket })`select 1`);
    expect(error).toMatchObject({ code: 'CERTIFICATE_NOT_TRUSTED' });
  });

  test('is called again to cancel', async () => {
    const tunnel = new Tunnel();
    const sql = open(stand.passwordUrl('direct'), { max: 1, socket: tunnel.socket });
    await sql`select 1`;
    const query = sql`select pg_sleep(100)`.execute();
    await expect
      .poll(
        () => stand.ordinary.query("select 1 from pg_stat_activity where query = 'select pg_sleep(100)'"),
        patience,
      )
      .toHaveLength(1);
    query.cancel();
    expect(await rejection(query)).toMatchObject({ code: '57014' });
    // The driver asks for a connection of its own to cancel on; the request itself goes over a third.
    expect(tunnel.hosts).toHaveLength(3);
  });

  test('is asked for what a pooler must not carry, with the server’s own port', async () => {
    const tunnel = new Tunnel();
    const sql = open(stand.passwordUrl('adversarial'), { max: 1, socket: tunnel.socket });
    const heard = new Promise((resolve) => {
      sql.listen('news', resolve);
    });
    await sql.listen('other', () => {});
    await sql.notify('news', 'hello');
    expect(await heard).toBe('hello');
    const { postgres: server, pgbouncer } = stand.adversarial;
    expect(new Set(tunnel.hosts)).toEqual(
      new Set([`localhost:${server.port}`, `localhost:${pgbouncer?.port}`]),
    );
  });

  test('is asked to detect a pooler', async () => {
    const tunnel = new Tunnel();
    const url = withParameters(stand.passwordUrl('adversarial'), {
      pool_mode: 'detect',
      hostaddr: '192.0.2.1',
    });
    forgetPooling(resolveConnection(url, undefined, {}));
    const sql = open(url, { max: 1, socket: tunnel.socket });
    expect(await sql`select 1 as x`).toEqual([{ x: 1 }]);
    expect(sql.options.prepare).toBe(false);
  });

  test('may give a stream that is not a socket, and end() closes it', async () => {
    const emulator = await startEmulator({
      pooler: false,
      postgres: { hba: ['hostnossl all in_plaintext 127.0.0.1/32 trust'] },
    });
    try {
      await emulator.query('create role in_plaintext login');
      const tunnel = new Tunnel();
      const sql = open(
        `postgres://in_plaintext@db.invalid:${emulator.postgres.port}/postgres?sslmode=disable`,
        {
          max: 1,
          socket: async (options) => channelOver(await tunnel.socket(options)),
        },
      );
      expect(await sql`select current_user as who`).toEqual([{ who: 'in_plaintext' }]);
      await sql.end();
      await expect.poll(() => tunnel.sockets.map(({ destroyed }) => destroyed), patience).toEqual([true]);
    } finally {
      await emulator.stop();
    }
  });

  // 3.4.0 itself hangs on what is no error, and wraps what is one.
  const isOldest = (driver as unknown) === oldest;
  const reasons = isOldest ? [new Error('no way')] : [new Error('no way'), 'wat', null, undefined];
  test.each(reasons)('that fails with %s is reported as by the driver', async (reason) => {
    const socket = () => {
      throw reason;
    };
    const bare = await rejection(driver({ socket } as object)`select 1`);
    const sql = open('postgres://127.0.0.1', { max: 1, socket, backoff: () => 0 });
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await rejection(sql`select 1`);
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).toBe((bare as Error).message);
      if (reason instanceof Error && !isOldest) expect(error).toBe(reason);
    }
    // Before 3.4.6 the driver itself ends the process here.
    if ((driver as unknown) === oldest) return;
    const refused = await rejection(open('postgres://127.0.0.1', { max: 1, socket }).reserve());
    // An error, also where the driver tells what was thrown as it is.
    expect((refused as Error).message).toBe((bare as Error).message);
    if (reason instanceof Error) expect(refused).toBe(reason);
  });

  test('that hangs is bounded by connect_timeout, and by end()', async () => {
    let asked = 0;
    const socket = () => {
      asked++;
      return new Promise<never>(() => {});
    };
    const bounded = open('postgres://127.0.0.1', { max: 1, socket, connect_timeout: 0.1 });
    expect(await rejection(bounded`select 1`)).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    const ended = postgres('postgres://127.0.0.1', { max: 1, socket });
    const refused = rejection(ended`select 1`);
    await expect.poll(() => asked, patience).toBe(2);
    await ended.end({ timeout: 0 });
    expect(await refused).toMatchObject({ code: 'CONNECTION_DESTROYED' });
  });
});
