import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import {
  type ConnectionOptions,
  cancelQuery,
  type OpenedConnection,
  openConnection,
  resolveConnection,
} from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSession } from '../src/open/open-session.ts';
import { reachServer } from '../src/open/reach-server.ts';
import { startupMessage } from '../src/wire/frontend-messages.ts';
import { nodePostgres, postgresJs } from './drive.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({
    pooler: false,
    postgres: {
      hba: [
        'hostssl all md5_user 127.0.0.1/32 md5',
        'hostssl all cleartext_user 127.0.0.1/32 password',
        'hostssl all trusted_user 127.0.0.1/32 trust',
      ],
    },
  });
  const { password } = emulator.postgres;
  await emulator.query(`set password_encryption = 'md5'; create role md5_user login password '${password}'`);
  await emulator.query(
    `set password_encryption = 'scram-sha-256'; create role cleartext_user login password '${password}'`,
  );
  await emulator.query('create role trusted_user login');
});
afterAll(() => emulator.stop());

const resolve = (options: ConnectionOptions = {}) => resolveConnection(emulator.postgres.url, options, {});
const open = (options: ConnectionOptions = {}): Promise<OpenedConnection> => openConnection(resolve(options));

describe('what openConnection gives', () => {
  it('a native, verified TLS socket, and everything about the session but its secrets in the open', async () => {
    const opened = await open();
    try {
      expect(opened.socket).toBeInstanceOf(TLSSocket);
      expect(opened).toMatchObject({ user: 'app', encrypted: true, verified: true });
      expect(opened.host).toEqual({ host: 'localhost', hostaddr: '127.0.0.1', port: emulator.postgres.port });
      expect(opened.parameters).toMatchObject({ in_hot_standby: 'off', client_encoding: 'UTF8' });
      expect(opened.parameters.server_version).toBe(emulator.postgres.version);
      expect(opened.processId).toBeGreaterThan(0);
      expect(opened.secretKey).toHaveLength(4);
      expect(opened.password).toBe(emulator.postgres.password);
      const shown =
        inspect(opened, { depth: 12, showHidden: true }) + JSON.stringify({ ...opened, socket: undefined });
      expect(shown).not.toContain(emulator.postgres.password);
    } finally {
      opened.socket.destroy();
    }
  });

  it('a socket with no code of ours in it once the driver has begun', async () => {
    const opened = await open();
    const { socket } = opened;
    const fresh = new TLSSocket(new (await import('node:net')).Socket());
    const client = await nodePostgres(opened, 'postgres');
    try {
      expect(socket.write).toBe(fresh.write);
      expect(socket.listenerCount('readable')).toBe(0);
      expect(socket.listeners('error').filter(({ name }) => name === 'ignore')).toEqual([]);
      expect(socket.listenerCount('error')).toBe(1);
      expect(socket.listenerCount('data')).toBe(1);
    } finally {
      await client.end();
      fresh.destroy();
    }
  });

  it('a warning of a startup parameter that comes too late, but not of an empty application_name', async () => {
    const warn = vi.fn();
    for (const [name, value] of [
      ['application_name', ''],
      ['search_path', ''],
    ] as const) {
      const { socket, user } = await openConnection(resolve({ logger: { warn } }));
      const parameters = `user\0${user}\0database\0postgres\0${name}\0${value}\0\0`;
      const message = Buffer.alloc(8 + parameters.length, `\0\0\0\0\0\x03\0\0${parameters}`);
      message.writeUInt32BE(message.length);
      socket.write(message);
      await once(socket, 'data');
      socket.destroy();
    }
    expect(warn.mock.calls.flat().map(String).join()).toMatch(/^[^"]*"search_path" has no effect[^"]*$/);
  });

  it('startup parameters of the driver and the connection arrive at the server', async () => {
    const connection = resolve({ application_name: 'from the URL', options: '-c lock_timeout=1234' });
    const opened = await openConnection(connection, {
      startup: { application_name: 'from the driver', search_path: 'x' },
    });
    const client = await nodePostgres(opened, 'postgres');
    try {
      const { rows } = await client.query(
        `select current_setting('application_name') as name, current_setting('lock_timeout') as lock, current_setting('search_path') as path`,
      );
      expect(rows).toEqual([{ name: 'from the driver', lock: '1234ms', path: 'x' }]);
    } finally {
      await client.end();
    }
  });
});

it('sslnegotiation=direct saves the question whether there is TLS', async () => {
  const opened = await open({ sslnegotiation: 'direct' });
  expect(opened).toMatchObject({ encrypted: true, verified: true });
  const client = await nodePostgres(opened, 'postgres');
  await client.end();
});

describe.each(['SCRAM', 'md5', 'cleartext', 'trust'] as const)('authentication by %s', (method) => {
  const user = { SCRAM: 'app', md5: 'md5_user', cleartext: 'cleartext_user', trust: 'trusted_user' }[method];
  const requirement = { SCRAM: 'scram-sha-256', md5: 'md5', cleartext: 'password', trust: 'none' }[method];

  it('signs in, and require_auth allows or forbids it', async () => {
    const opened = await open({ user, require_auth: requirement });
    opened.socket.destroy();
    expect(opened.user).toBe(user);
    await expect(open({ user, require_auth: `!${requirement}` })).rejects.toMatchObject({
      code: 'AUTH_METHOD_NOT_ALLOWED',
    });
  });

  it('channel_binding=require is met by SCRAM over TLS alone', async () => {
    const opening = open({ user, channel_binding: 'require' });
    if (method === 'SCRAM') (await opening).socket.destroy();
    else await expect(opening).rejects.toMatchObject({ code: 'AUTH_METHOD_NOT_ALLOWED' });
  });
});

describe('a refusal of the server', () => {
  it('keeps its SQLSTATE, its words and the routine that drivers look at', async () => {
    await expect(open({ password: 'wrong' })).rejects.toMatchObject({
      code: 'SERVER_REFUSED',
      serverError: { severity: 'FATAL', code: '28P01', routine: 'auth_failed' },
      message: expect.stringContaining('password authentication failed for user "app"'),
    });
    await expect(open({ dbname: 'missing' })).rejects.toMatchObject({ serverError: { code: '3D000' } });
  });

  it('of the two attempts of allow and prefer the one that says why is reported', async () => {
    for (const sslmode of ['allow', 'prefer'] as const) {
      // In plaintext this server says "no pg_hba.conf entry", which is not what is wrong.
      await expect(open({ sslmode, password: 'wrong' })).rejects.toMatchObject({
        serverError: { code: '28P01' },
      });
    }
    await expect(open({ sslmode: 'disable' })).rejects.toMatchObject({
      serverError: { code: '28000', message: expect.stringContaining('no encryption') },
    });
  });

  it('a root file that is not there is an error in prefer, too, and not a reason for plaintext', async () => {
    const url = new URL(emulator.postgres.url);
    url.searchParams.set('sslmode', 'prefer');
    url.searchParams.set('sslrootcert', '/nowhere/ca.pem');
    await expect(openConnection(resolveConnection(url.href, {}, {}))).rejects.toMatchObject({
      code: 'CERTIFICATE_FILE',
      message: expect.stringContaining('"/nowhere/ca.pem" (from sslrootcert) does not exist'),
    });
  });

  it('a missing password is our own error, before anything is sent', async () => {
    await expect(open({ password: '' })).rejects.toMatchObject({ code: 'PASSWORD_MISSING' });
  });

  it('a password outside ASCII is prepared as the server prepares it', async () => {
    await emulator.query(`create role unicode_user login password E'pa\\u00a0ss\\u2168e\\u0301'`);
    const opened = await open({ user: 'unicode_user', password: 'pa ssIX\u00e9' });
    opened.socket.destroy();
  });
});

describe('a driver on the handed-over socket', () => {
  it('node-postgres: large results, COPY text, parameters, notifications', async () => {
    const client = await nodePostgres(await open(), 'postgres');
    try {
      const { rows } = await client.query<{ text: string }>(
        `select repeat('x', 200) as text from generate_series(1, 50000)`,
      );
      expect(rows).toHaveLength(50_000);
      expect((await client.query('select $1::int + 1 as sum', [41])).rows).toEqual([{ sum: 42 }]);
      await client.query('listen channel');
      const heard = once(client, 'notification');
      await client.query(`notify channel, 'hello'`);
      expect((await heard)[0]).toMatchObject({ channel: 'channel', payload: 'hello' });
    } finally {
      await client.end();
    }
  });

  it('postgres.js: queries, COPY in and out, notifications, cancelling', async () => {
    const { database = 'postgres', user = 'app' } = resolve();
    const sql = postgresJs(() => open(), { user, database });
    try {
      await sql`create temp table lines (line text)`;
      const text = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${'y'.repeat(50)}\n`).join('');
      const into = await sql`copy lines from stdin`.writable();
      into.end(text);
      await finished(into);
      const hash = createHash('sha256');
      for await (const chunk of await sql`copy lines to stdout`.readable()) hash.update(chunk);
      expect(hash.digest('hex')).toBe(createHash('sha256').update(text).digest('hex'));
      const heard = new Promise(
        (done) => void sql.listen('news', done).then(() => sql.notify('news', 'hello')),
      );
      expect(await heard).toBe('hello');
      const query = sql`select pg_sleep(20)`;
      setTimeout(() => query.cancel(), 200);
      await expect(query).rejects.toMatchObject({ code: '57014' });
      expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }]);
    } finally {
      await sql.end();
    }
  });

  it('a query is cancelled over a transport of its own, encrypted as the session', async () => {
    const opened = await open();
    const client = await nodePostgres(opened, 'postgres');
    try {
      const sleeping = client.query('select pg_sleep(20)').catch((error: unknown) => error);
      await until(
        async () =>
          (await emulator.query(`select 1 from pg_stat_activity where query = 'select pg_sleep(20)'`))
            .length === 1,
      );
      await cancelQuery(opened);
      expect(await sleeping).toMatchObject({ code: '57014' });
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    } finally {
      await client.end();
    }
    await expect(cancelQuery(new TLSSocket(new (await import('node:net')).Socket()))).rejects.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
    });
  });

  it('that signs in as somebody else, or speaks TLS again, is stopped', async () => {
    const opened = await open();
    await expect(nodePostgres({ ...opened, user: 'other' } as OpenedConnection, 'postgres')).rejects.toThrow(
      /user "other"/,
    );
    expect(opened.socket.destroyed).toBe(true);
    const again = await open();
    again.socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    const [error] = await once(again.socket, 'error');
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  it('that ends before it has begun says goodbye to the server', async () => {
    const { socket } = await open();
    const errors: Error[] = [];
    socket.on('error', (error) => errors.push(error));
    socket.resume();
    await new Promise<void>((done) => socket.write(Buffer.from([0x58, 0, 0, 0, 4]), () => done()));
    await once(socket, 'close');
    expect(errors).toEqual([]);
  });

  it('that begins after the server has gone hears why, after the greeting as the server said it', async () => {
    const opened = await open();
    await emulator.query('select pg_terminate_backend($1)', [opened.processId]);
    await until(async () => opened.socket.destroyed || opened.socket.readableLength > 0);
    const errors: unknown[] = [];
    const client = await nodePostgres(opened, 'postgres', (error) => errors.push(error));
    await expect(client.query('select 1')).rejects.toThrow();
    expect(errors[0]).toMatchObject({ code: '57P01' });
  });

  it('that reads in pulls, and not as the bytes flow, hears the greeting first, too', async () => {
    const { socket, user, processId } = await open();
    await emulator.query('select pg_terminate_backend($1)', [processId]);
    await until(async () => socket.readableLength > 0);
    const types: string[] = [];
    socket.write(startupMessage({ user, database: 'postgres' }));
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += chunk.readUInt32BE(at + 1) + 1)
        types.push(chunk.toString('latin1', at, at + 1));
    }
    expect(types.join('')).toMatch(/^RS+KZE$/);
  });

  it('that is closed before it has begun reads up to the server’s end', async () => {
    const { socket } = await open();
    socket.end(Buffer.from([0x58, 0, 0, 0, 4]));
    await once(socket, 'close');
    expect(socket.listenerCount('finish')).toBe(0);
  });
});

describe('the core’s own session and a transport without one', () => {
  it('asks in both protocols, and goes on after an error', async () => {
    await using session = await openSession(resolve());
    expect(await session.query(`select 1 as a, null as b; select 'x' as c`)).toEqual([
      { columns: ['a', 'b'], rows: [['1', null]], command: 'SELECT 1' },
      { columns: ['c'], rows: [['x']], command: 'SELECT 1' },
    ]);
    await expect(session.query('select nonsense')).rejects.toMatchObject({ serverError: { code: '42703' } });
    expect((await session.execute('select $1::int * 2 as d', ['21'])).rows).toEqual([['42']]);
    expect((await session.execute('select $1::int * 2 as d', ['4'], 'named')).rows).toEqual([['8']]);
    await expect(session.execute('select nonsense')).rejects.toMatchObject({
      serverError: { code: '42703' },
    });
    expect((await session.query(''))[0]?.command).toBeUndefined();
  });

  it('reachServer verifies without signing in', async () => {
    const transport = await reachServer(resolve({ user: 'nobody' }));
    expect(transport).toMatchObject({ encrypted: true, verified: true });
    expect(transport.certificate?.subject).toContain('CN=');
    transport.socket.destroy();
    await expect(reachServer(resolve({ sslrootcert: undefined, trust: 'azure' }))).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_TRUSTED',
    });
  });
});

describe('nothing stays open', () => {
  it('after failures of every kind', async () => {
    await until(async () => (await sessions()) === 0);
    const handles = process
      .getActiveResourcesInfo()
      .filter((name) => name.includes('TCP') || name.includes('TLS')).length;
    const abort = new AbortController();
    const aborted = openConnection(resolve(), { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toMatchObject({
      code: 'ABORTED',
      cause: expect.objectContaining({ message: 'enough' }),
    });
    await expect(openConnection(resolve(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    await Promise.allSettled([
      open({ password: 'wrong' }),
      open({ dbname: 'missing' }),
      open({ ssl_server_name: 'other.example.com' }),
    ]);
    await until(async () => (await sessions()) === 0);
    await until(
      async () =>
        process.getActiveResourcesInfo().filter((name) => name.includes('TCP') || name.includes('TLS'))
          .length <= handles,
    );
  });

  it('one signal for many connections is used without a warning of a leak', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on('warning', hear);
    const { signal } = new AbortController();
    const opened = await Promise.all(Array.from({ length: 30 }, () => openConnection(resolve(), { signal })));
    for (const { socket } of opened) socket.destroy();
    await new Promise((done) => setImmediate(done));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });

  it('an abort at any moment leaves no session and no unhandled error behind', async () => {
    await until(async () => (await sessions()) === 0);
    for (let delay = 0; delay < 16; delay += 1) {
      const signal = AbortSignal.timeout(delay);
      await openConnection(resolve(), { signal }).then(
        ({ socket }) => socket.destroy(),
        (error: unknown) => expect(error).toMatchObject({ code: 'ABORTED' }),
      );
    }
    await until(async () => (await sessions()) === 0);
  });
});

const sessions = async (): Promise<number> =>
  (await emulator.query(`select 1 from pg_stat_activity where usename = 'app'`)).length;

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 500) throw new Error('It never came to pass');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
