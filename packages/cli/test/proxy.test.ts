import { once } from 'node:events';
import { connect } from 'node:net';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Proxy as OpenProxy, startProxy } from '../src/index.ts';
import { runCli } from './run-cli.ts';

let emulator: Emulator;
let proxy: OpenProxy | undefined;
beforeAll(async () => {
  emulator = await startEmulator();
  // @azure/identity looks at the process's own.
  Object.assign(process.env, emulator.env);
}, 90_000);
afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
});
afterAll(async () => {
  await emulator?.stop();
});

async function open(options: Parameters<typeof startProxy>[0] = {}): Promise<OpenProxy> {
  proxy = await startProxy({
    url: `${emulator.url}&pooled_port=${emulator.ports.pooled}`,
    env: {},
    ...options,
  });
  return proxy;
}

async function client({ host, port }: OpenProxy, more: pg.ClientConfig = {}): Promise<pg.Client> {
  const one = new pg.Client({ host, port, user: 'whoever', database: 'postgres', ssl: false, ...more });
  one.on('error', () => {});
  await one.connect();
  return one;
}

describe('a client that names its statements', () => {
  const pooled = async (more = ''): Promise<{ warnings: string[]; door: OpenProxy }> => {
    const warnings: string[] = [];
    const url = `${emulator.url}&pooled_port=${emulator.ports.pooled}&pool_mode=transaction${more}`;
    const door = await open({ url, pooled: true, onWarning: (text) => warnings.push(text) });
    return { warnings, door };
  };
  const named = { name: 'one', text: 'select 1 as one' };

  test('is warned of once, through a pooler that keeps none, and not before', async () => {
    const { warnings, door } = await pooled();
    const one = await client(door);
    await one.query('select $1::text', ['P'.repeat(100_000)]);
    await one.query('begin; select 1; commit');
    expect(warnings).toEqual([]);
    expect((await one.query(named)).rows).toEqual([{ one: 1 }]);
    const two = await client(door);
    await two.query({ ...named, name: 'two' }).catch(() => {});
    expect(warnings).toEqual([expect.stringMatching(/prepared statements.*prepare: false.*--pooled/)]);
    await Promise.all([one.end(), two.end()]);
  });

  test('is not, where the pooler keeps them, and on the way past it', async () => {
    const { warnings, door } = await pooled('&max_prepared_statements=200');
    const one = await client(door);
    await one.query(named).catch(() => {});
    await one.end();
    await door.stop();
    const direct = await open({ onWarning: (text) => warnings.push(text) });
    const two = await client(direct);
    await two.query(named);
    await two.end();
    expect(warnings).toEqual([]);
  });
});

describe('a tool that knows nothing of Entra', () => {
  test('is signed in as the connection’s role, over TLS, without a password', async () => {
    const one = await client(await open());
    const { rows } = await one.query(
      'select current_user as role, ssl from pg_stat_ssl where pid = pg_backend_pid()',
    );
    expect(rows).toEqual([{ role: 'local-app', ssl: true }]);
    await one.end();
  });

  test('gets the database and the parameters that it asks for', async () => {
    await emulator.query('CREATE DATABASE second');
    const one = await client(await open(), {
      database: 'second',
      application_name: 'a tool',
      options: '-c lock_timeout=7s',
    });
    const { rows } = await one.query(
      "select current_database() as d, current_setting('application_name') as a, current_setting('lock_timeout') as l",
    );
    expect(rows).toEqual([{ d: 'second', a: 'a tool', l: '7s' }]);
    await one.end();
  });

  test('and names its user as database, as libpq does by itself, gets the connection’s', async () => {
    const one = await client(await open(), { database: 'whoever' });
    expect((await one.query('select current_database() as d')).rows).toEqual([{ d: 'postgres' }]);
    await one.end();
  });

  test('can cancel a query', async () => {
    const door = await open();
    const one = await client(door);
    const { processID, secretKey } = one as unknown as { processID: number; secretKey: number };
    const sleeping = one.query("select pg_sleep(60), 'sleeping in the proxy test'");
    const outcome = sleeping.catch((error: unknown) => error);
    await expect
      .poll(
        async () =>
          (
            await emulator.query(
              "select 1 from pg_stat_activity where query ~ 'sleeping in the' and wait_event = 'PgSleep'",
            )
          ).length,
      )
      .toBe(1);
    const socket = connect(door.port, door.host);
    const packet = Buffer.alloc(16);
    packet.writeInt32BE(16, 0);
    packet.writeInt32BE(80877102, 4);
    packet.writeInt32BE(processID, 8);
    packet.writeInt32BE(secretKey, 12);
    socket.end(packet);
    expect(await outcome).toMatchObject({ code: '57014' });
    expect((await one.query('select 1 as works')).rows).toEqual([{ works: 1 }]);
    await one.end();
  });

  test('that asks for TLS or GSSAPI gets "no", as on a server without', async () => {
    const { port, host } = await open();
    const socket = connect(port, host);
    for (const code of [80877103, 80877104]) {
      const packet = Buffer.alloc(8);
      packet.writeInt32BE(8, 0);
      packet.writeInt32BE(code, 4);
      socket.write(packet);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toBe('N');
    }
    socket.destroy();
  });

  test('that speaks a newer protocol is led back to 3.0', async () => {
    const { port, host } = await open();
    const socket = connect(port, host);
    const body = Buffer.from('user\0x\0database\0postgres\0_pq_.new\0on\0\0');
    const head = Buffer.alloc(8);
    head.writeInt32BE(body.length + 8, 0);
    head.writeInt32BE((3 << 16) | 2, 4);
    socket.write(Buffer.concat([head, body]));
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.includes('TimeZone')) break;
    }
    expect(received.toString('latin1', 0, 1)).toBe('v');
    expect(received.includes('_pq_.new')).toBe(true);
  });
});

describe('the proxy lasts', () => {
  test('through the end of its tokens', async () => {
    // An identity of its own: the process shares tokens, and the others' live for an hour.
    const brief = await emulator.createIdentity({ name: 'brief' });
    emulator.entra.tokenLifetime = 1;
    const asked = (): number => emulator.entra.requests.filter(({ identity }) => identity === 'brief').length;
    try {
      const door = await open({ url: `${emulator.url}&client_id=${brief.clientId}` });
      const first = await client(door);
      const connectAgain = async (): Promise<number> => {
        const one = await client(door);
        await one.query('select 1');
        await one.end();
        return asked();
      };
      await expect.poll(connectAgain, { timeout: 20_000, interval: 100 }).toBeGreaterThan(3);
      // Its token is long gone; sessions outlive theirs.
      expect((await first.query('select current_user as role')).rows).toEqual([{ role: 'brief' }]);
      await first.end();
    } finally {
      emulator.entra.tokenLifetime = 3600;
    }
  });

  test('through a restart of the server, of which it tells its clients', async () => {
    const refusals: string[] = [];
    const url = `${emulator.url}&connect_retry_timeout=0`;
    const door = await open({ url, onRefusal: (text) => refusals.push(text) });
    const one = await client(door);
    const lost = new Promise((resolve) => one.once('error', resolve));
    await emulator.postgres.stop();
    expect(await lost).toMatchObject({ code: '57P01' });
    const error = await client(door).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ severity: 'FATAL', code: '08006' });
    expect((error as pg.DatabaseError).detail).toMatch(/no server listens on this port/);
    expect((error as pg.DatabaseError).hint).toMatch(/\S/);
    expect(refusals).toEqual([expect.stringMatching(/^Nothing listens on/)]);
    await emulator.postgres.start();
    const again = await client(door);
    expect((await again.query('select 1 as works')).rows).toEqual([{ works: 1 }]);
    await again.end();
  });

  test('with what the server says of a wrong role reaching the client', async () => {
    const door = await open({ url: `${emulator.url}&user=nobody` });
    const error = await client(door).catch((refused: unknown) => refused);
    expect(error).toMatchObject({
      code: '28P01',
      message: 'azure-pg proxy: password authentication failed for user "nobody"',
      hint: expect.stringContaining('pgaadauth_list_principals'),
    });
  });

  test('with 500 connections at once, and none is left when it stops', {
    timeout: 90_000,
    tags: ['slow'],
  }, async () => {
    const door = await open({
      pooled: true,
      url: `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`,
    });
    const clients = await Promise.all(Array.from({ length: 500 }, () => client(door)));
    expect(door.connections).toBe(500);
    const answers = await Promise.all(clients.map((one, index) => one.query('select $1::int as n', [index])));
    expect(answers.map(({ rows }) => rows[0].n)).toEqual(clients.map((_, index) => index));
    const ended = Promise.all(clients.map((one) => new Promise((resolve) => one.once('end', resolve))));
    await door.stop();
    await ended;
    expect(door.connections).toBe(0);
  });

  test('with clients that leave in the middle of everything', async () => {
    const door = await open();
    const beginnings = [
      Buffer.alloc(0),
      Buffer.from([0, 0]),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(20, 255),
    ];
    for (const bytes of beginnings) {
      const socket = connect(door.port, door.host);
      socket.on('error', () => {});
      socket.end(bytes);
      await once(socket, 'close');
    }
    await expect.poll(() => door.connections).toBe(0);
    const one = await client(door);
    await one.end();
  });
});

describe('azure-pg proxy', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('listens, serves, and ends cleanly on %s', async (signal) => {
    let port: number | undefined;
    const ran = await runCli(['proxy', '--listen', '127.0.0.1:0', '--url', emulator.url], {
      env: emulator.env,
      onStdout: async (text, kill) => {
        if (port !== undefined) return;
        port = Number(/:(\d+)\./.exec(text)?.[1]);
        const one = await client({ host: '127.0.0.1', port } as OpenProxy);
        await one.query('select 1');
        kill(signal);
        await one.end().catch(() => undefined);
      },
    });
    expect(ran).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test.each([
    ['0.0.0.0:0', /can be reached by other machines/],
    ['nonsense', /wants HOST:PORT/],
  ])('does not listen on %s', async (listen, problem) => {
    const { code, stderr } = await runCli(['proxy', '--listen', listen, '--url', emulator.url], {
      env: emulator.env,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(problem);
  });

  test('says what is wrong where the port is taken', async () => {
    const { port } = await open();
    const { code, stderr } = await runCli(['proxy', '--listen', `127.0.0.1:${port}`, '--url', emulator.url], {
      env: emulator.env,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('something else listens there');
  });
});
