import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { rejection, type Stand, startStand, testCredential } from '@azure-pg/contract';
import { AzurePgError } from '@azure-pg/core';
import driver from 'postgres';
import oldest from 'postgres-oldest';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectTimedOut } from '../src/driver-options/connect-timeout.ts';
import postgres from '../src/index.ts';

// The machine may be busy.
const patience = { timeout: 15_000 };

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function open(...given: Parameters<typeof postgres>): postgres.Sql {
  const sql = postgres(...given);
  cleanUps.push(() => sql.end({ timeout: 0 }));
  return sql;
}

/** A server that does with each client what it is told. */
async function serve(behave: (socket: Socket) => void): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    behave(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, connections: () => connections };
}

/** A message of the server's: https://www.postgresql.org/docs/18/protocol-message-formats.html */
function message(type: string, body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
const errorResponse = (code: string, text: string): Buffer =>
  message('E', `SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
const signedIn = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('K', Buffer.from([0, 0, 0, 1, 0, 0, 0, 2])),
  message('Z', 'I'),
]);

/** Answers the startup message with `first`, and what comes then with `then`. */
const after =
  (first: Buffer, then: (socket: Socket) => void) =>
  (socket: Socket): void => {
    socket.once('data', () => {
      socket.write(first);
      socket.once('data', () => then(socket));
    });
  };

const plain = (port: number, parameters = ''): string =>
  `postgres://ada:secret@127.0.0.1:${port}/app?sslmode=disable${parameters}`;

describe('a failure to connect', () => {
  test('rejects each query at once, and the slot works again when the server is there', async () => {
    const { port } = await serve((socket) => socket.destroy());
    const { postgres: server } = stand.ordinary;
    const password = { value: 'wrong' };
    const sql = open(stand.passwordUrl('direct'), {
      max: 1,
      backoff: () => 0,
      password: () => password.value,
    });
    expect(await rejection(sql`select 1`)).toMatchObject({ code: '28P01' });
    expect(await rejection(sql`select 1`)).toBeInstanceOf(postgres.PostgresError);
    password.value = server.password;
    expect(await sql`select 1 as x`).toEqual([{ x: 1 }]);
    expect(port).toBeGreaterThan(0);
  });

  test('that the server explains is a PostgresError with its fields', async () => {
    const url = new URL(stand.passwordUrl('direct'));
    url.pathname = '/there_is_none';
    const error = await rejection(open(url.href)`select 1`);
    expect(error).toBeInstanceOf(driver.PostgresError);
    expect(error).toMatchObject({
      code: '3D000',
      severity: 'FATAL',
      message: expect.stringContaining('there_is_none'),
    });
  });

  test('that the system explains keeps its code', async () => {
    const { port } = await serve(() => {});
    for (const cleanUp of cleanUps.splice(-1)) await cleanUp();
    expect(await rejection(open(plain(port))`select 1`)).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('of a password function is reported at once; the bare driver waits for connect_timeout and leaves a rejection unhandled', async () => {
    const password = (): Promise<string> => Promise.reject(new Error('the vault is closed'));
    const started = performance.now();
    const error =
      await rejection(open(stand.passwordUrl('direct'), { password, connect_timeout: 20 })`select 1`);
    expect(error).toBeInstanceOf(Error);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('of a credential is reported with the error that says so', async () => {
    const credential = { getToken: () => Promise.reject(new Error('no identity here')) };
    const error = await rejection(open(stand.entraUrl('direct'), { credential })`select 1`);
    expect(error).toBeInstanceOf(AzurePgError);
    expect(error).toMatchObject({ code: 'TOKEN_UNAVAILABLE' });
  });

  test('is reported to all queries that wait, none hangs', async () => {
    const { port } = await serve((socket) => socket.destroy());
    const sql = open(plain(port), { max: 2, backoff: () => 0 });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => sql`select 1`));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(20).fill('rejected'));
  });

  test('is reported to begin, reserve, listen and largeObject', async () => {
    const { port } = await serve((socket) => socket.destroy());
    const sql = open(plain(port), { max: 1, backoff: () => 0 });
    await rejection(sql.begin((transaction) => transaction`select 1`));
    // Before 3.4.6 the driver itself ends the process here.
    if ((driver as unknown) !== oldest) await rejection(sql.reserve());
    await rejection(sql.largeObject());
    await rejection(sql.listen('x', () => {}));
  });
});

describe('a server that closes', () => {
  test('during the startup is not called in a tight loop', async () => {
    const server = await serve((socket) => socket.once('data', () => socket.end()));
    const error = await rejection(open(plain(server.port), { max: 1 })`select 1`);
    expect(error).toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(server.connections()).toBe(1);

    // The bare driver: the query hears nothing, and the server is called again and again.
    const bareServer = await serve((socket) => socket.once('data', () => socket.end()));
    const bare = driver(plain(bareServer.port).replace('?sslmode=disable', ''), {
      max: 1,
      connect_timeout: 30,
    });
    const query = bare`select 1`.catch(() => 'ended');
    await expect.poll(bareServer.connections, patience).toBeGreaterThan(20);
    await bare.end({ timeout: 0 });
    await query;
  });

  test('after the sign-in, at the first query, with its own words', async () => {
    // PgBouncer does so while the server behind it is down.
    const server = await serve(
      after(signedIn, (socket) => socket.end(errorResponse('08P01', 'server login has been failing'))),
    );
    const error = await rejection(open(plain(server.port), { max: 1 })`select 1`);
    expect(error).toBeInstanceOf(postgres.PostgresError);
    expect(error).toMatchObject({ code: '08P01', message: 'server login has been failing' });
    expect(server.connections()).toBe(1);
  });

  test('right after the sign-in, before the driver has begun', async () => {
    const server = await serve((socket) => {
      socket.once('data', () => socket.end(signedIn));
    });
    const sql = open(plain(server.port), { max: 1, backoff: () => 0.05 });
    await rejection(sql`select 1`);
    await rejection(open(plain(server.port), { max: 1, fetch_types: false })`select 1`);
    expect(server.connections()).toBe(2);
  });

  test.each([true, false])('leaves a slot that connects again (fetch_types: %s)', async (fetch_types) => {
    const behaviours = [
      after(signedIn, (socket: Socket) => socket.end()),
      after(signedIn, (socket: Socket) => socket.resetAndDestroy()),
      (socket: Socket) => socket.once('data', () => socket.end(signedIn)),
    ];
    for (const behave of behaviours) {
      const { port } = await serve(behave);
      const sql = open(plain(port), { max: 1, backoff: () => 0.01, connect_timeout: 3, fetch_types });
      for (let query = 0; query < 3; query++) {
        const { code } = (await rejection(sql`select 1`)) as { code: string };
        expect(code).not.toBe('CONNECT_TIMEOUT');
      }
    }
  });

  test('after the sign-in without a word', async () => {
    const server = await serve(after(signedIn, (socket) => socket.end()));
    const error = await rejection(open(plain(server.port), { max: 1 })`select 1`);
    expect(error).toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(server.connections()).toBe(1);
  });
});

describe('connect_timeout', () => {
  test('bounds a server that never answers; the error is worded as the driver’s and says more', async () => {
    const { port } = await serve(() => {});
    const bare =
      await rejection(driver(plain(port).replace('?sslmode=disable', ''), { connect_timeout: 1 })`select 1`);
    const error = await rejection(open(plain(port), { connect_timeout: 1 })`select 1`);
    const { message, code, errno, address } = bare as NodeJS.ErrnoException & { address: string };
    expect(error).toMatchObject({ message, code, errno, address, port });
    expect(message).toBe(`write CONNECT_TIMEOUT 127.0.0.1:${port}`);
    expect(error).toMatchObject({
      cause: expect.any(AzurePgError),
      azureHint: expect.stringContaining(`No answer from 127.0.0.1:${port}`),
    });
  });

  test('names the path of a Unix socket', () => {
    expect(connectTimedOut({ host: '/run/postgresql', port: 5432 }, undefined)).toMatchObject({
      message: 'write CONNECT_TIMEOUT /run/postgresql/.s.PGSQL.5432',
      address: '/run/postgresql/.s.PGSQL.5432',
    });
  });

  test.each([
    ['a fraction of a second', 0.2],
    ['a text', '0.2' as unknown as number],
    ['a function', (() => 0.2) as unknown as number],
    ['what has a number as its value', { valueOf: () => 0.2 } as unknown as number],
  ])('may be %s', async (_name, connect_timeout) => {
    const { port } = await serve(() => {});
    const started = performance.now();
    const error = await rejection(open(plain(port), { connect_timeout })`select 1`);
    expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('is asked for its value at each attempt', async () => {
    const values = [0.0001, 20];
    const connect_timeout = { valueOf: () => (values.length > 1 ? values.shift() : values[0]) };
    const sql = open(stand.passwordUrl('direct'), {
      max: 1,
      connect_timeout: connect_timeout as unknown as number,
      backoff: () => 0,
    });
    expect(await rejection(sql`select 1`)).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(await sql`select 1 as x`).toEqual([{ x: 1 }]);
  });

  test('bounds a credential that never answers', async () => {
    const credential = { getToken: () => new Promise<never>(() => {}) };
    const error =
      await rejection(open(stand.entraUrl('direct'), { credential, connect_timeout: 2 })`select 1`);
    expect((error as { code: string }).code).toMatch(/CONNECT_TIMEOUT|TOKEN_UNAVAILABLE/);
  });
});

test.each(['user', 'username', 'database', 'db'])(
  'a %s that cannot be read is reported to the queries',
  async (name) => {
    const problem = new Error('no text');
    const unreadable = {
      toString() {
        throw problem;
      },
    };
    const sql = open('postgres://127.0.0.1:1', { max: 1, [name]: unreadable, backoff: () => 0 });
    expect(await rejection(sql`select 1`)).toMatchObject({ message: problem.message });
    expect(await rejection(sql`select 1`)).toMatchObject({ message: problem.message });
  },
);

test('a user or database may be anything that has a text', () => {
  const { options } = open('postgres://127.0.0.1:1', {
    user: { toString: () => 'ada' },
    db: { toString: () => 'app' },
  } as object);
  expect(options).toMatchObject({ user: 'ada', database: 'app' });
});

test('a cancel that does not reach the server is not an unhandled rejection', async () => {
  // The sign-in of the cancel's own connection is refused.
  let connections = 0;
  let running = false;
  const { port } = await serve((socket) => {
    if (++connections > 1) socket.destroy();
    else {
      after(signedIn, () => {
        running = true;
      })(socket);
    }
  });
  const sql = open(plain(port), { max: 1, fetch_types: false });
  const query = sql`select pg_sleep(100)`.execute();
  await expect.poll(() => running, patience).toBe(true);
  query.cancel();
  // It is tried again, as any connect is.
  await expect.poll(() => connections, patience).toBeGreaterThan(1);
  await sql.end({ timeout: 0 });
  await rejection(query);
});

describe('end()', () => {
  test('while connecting closes what is being connected', async () => {
    const closed: Promise<unknown>[] = [];
    const { port, connections } = await serve((socket) => {
      closed.push(once(socket, 'close'));
      socket.resume();
    });
    const sql = postgres(plain(port), { max: 2 });
    const queries = [sql`select 1`, sql`select 2`].map((query) => query.catch((error) => error.code));
    await expect.poll(connections, patience).toBe(2);
    await sql.end({ timeout: 0 });
    expect(await Promise.all(queries)).toEqual(['CONNECTION_DESTROYED', 'CONNECTION_DESTROYED']);
    await Promise.all(closed);
  });

  test('waits for the queries that were asked before', async () => {
    const credential = testCredential(stand.ordinary);
    const sql = postgres(stand.entraUrl('direct'), { credential });
    const rows = sql`select 1 as x`.execute();
    await Promise.resolve();
    await sql.end();
    expect(await rows).toEqual([{ x: 1 }]);
    expect(await rejection(sql`select 1`)).toMatchObject({ code: 'CONNECTION_ENDED' });
  });

  // Before 3.4.6 the driver itself ends the process when it cannot connect for a reservation.
  test.skipIf((driver as unknown) === oldest).each([
    ['was', true],
    ['will be', false],
  ])('ends although a reservation %s refused', async (_when, before) => {
    const server = await serve((socket) => socket.destroy());
    const sql = postgres(plain(server.port), { max: 2, backoff: () => 0.05 });
    const refused = rejection(sql.reserve());
    if (before) await refused;
    await sql.end();
    expect(await refused).toBeInstanceOf(Error);
    expect(await rejection(sql`select 1`)).toMatchObject({ code: 'CONNECTION_ENDED' });
  });
});

test('an instance made from the bare driver’s options is refused: it would connect unverified', async () => {
  const bare = driver('postgres://ada:secret@127.0.0.1:1/app');
  expect(() => postgres(bare.options as never)).toThrow(/did not make/);
  await bare.end();
});

test('after failures the next attempt is at most two seconds away, and a backoff of the user’s wins', () => {
  const wait = (options: object, failures: number): number =>
    (postgres('postgres://ada@127.0.0.1:1/app', options).options.backoff as (failures: number) => number)(
      failures,
    );
  const waits = Array.from({ length: 100 }, () => wait({}, 20));
  expect(Math.max(...waits)).toBeLessThanOrEqual(2);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1);
  expect(new Set(waits).size).toBeGreaterThan(90);
  expect(wait({ backoff: () => 7 }, 20)).toBe(7);
});

test('an instance made from another’s options connects as that one does, and ends by itself', async () => {
  const credential = testCredential(stand.ordinary);
  const sql = open(stand.entraUrl('direct'), { credential });
  const other = postgres({ ...sql.options, max: 1 } as never);
  expect(await other`select current_user as who`).toEqual([{ who: 'local-app' }]);
  await other.end();
  expect(await sql`select current_user as who`).toEqual([{ who: 'local-app' }]);
  expect(sql.options).toMatchObject({ user: 'local-app', database: 'postgres' });
});
