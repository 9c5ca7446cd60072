import { type EventEmitter, once } from 'node:events';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import azurePg, { AzurePgError, Client, DatabaseError, Pool, Query } from '@azure-pg/pg';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { countingProxy } from './support/counting-proxy.ts';
import { runProgram } from './support/run-program.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  Object.assign(process.env, emulator.env);
});
afterAll(() => emulator.stop());
afterEach(() => vi.unstubAllEnvs());

/** The password user's server in discrete options. */
function native(): pg.PoolConfig {
  const { host, port, user, password } = emulator.postgres;
  return { host, port, user, password, database: 'postgres', ssl: { ca: emulator.ca.pem } };
}

async function ask<Row = { user: string; ssl: boolean }>(
  client: { query: pg.Pool['query']; end(): Promise<void> },
  text = 'SELECT current_user AS user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
): Promise<Row> {
  try {
    return (await client.query(text)).rows[0];
  } finally {
    await client.end();
  }
}
const connected = async (client: pg.Client): Promise<pg.Client> => {
  await client.connect();
  return client;
};

describe('every form of constructor signs in', () => {
  it('a Pool with a URL: by Entra, as the role that the token names, over TLS', async () => {
    expect(await ask(new Pool(emulator.url))).toEqual({ user: 'local-app', ssl: true });
  });

  it('a Pool with a config and a credential of the caller', async () => {
    const credential = emulator.entra.credential();
    const pool = new Pool({ connectionString: emulator.url, credential, max: 2 });
    expect(await ask(pool)).toEqual({ user: 'local-app', ssl: true });
  });

  it('a Client with a URL, a config, and nothing but the environment', async () => {
    expect(await ask(await connected(new Client(emulator.url)))).toMatchObject({ user: 'local-app' });
    expect(await ask(await connected(new Client(native())))).toEqual({ user: 'app', ssl: true });
    vi.stubEnv('DATABASE_URL', emulator.postgres.url);
    expect(await ask(await connected(new Client()))).toMatchObject({ user: 'app' });
    expect(await ask(new Pool())).toMatchObject({ user: 'app' });
  });

  it('the variables of libpq', async () => {
    const { host, port, user, password } = emulator.postgres;
    for (const [name, value] of Object.entries({
      HOST: host,
      PORT: String(port),
      USER: user,
      PASSWORD: password,
    })) {
      vi.stubEnv(`PG${name}`, value);
    }
    vi.stubEnv('PGDATABASE', 'postgres');
    vi.stubEnv('PGSSLROOTCERT', emulator.ca.file);
    vi.stubEnv('PGSSLNEGOTIATION', 'direct');
    vi.stubEnv('PGSSLMODE', 'verify-full');
    expect(await ask(new Pool())).toEqual({ user: 'app', ssl: true });
  });

  it('pg.defaults, which rank below the environment', async () => {
    const before = { ...pg.defaults };
    Object.assign(azurePg.defaults, native());
    try {
      expect(await ask(new Pool({ ssl: { ca: emulator.ca.pem } }))).toMatchObject({ user: 'app' });
    } finally {
      Object.assign(pg.defaults, { password: null, ssl: false }, before);
    }
  });
});

describe('a client is what pg says it is', () => {
  it('its fields are filled, before and after connecting', async () => {
    const client = new Client(emulator.postgres.url) as pg.Client & { processID: number; secretKey: number };
    const place = { host: 'localhost', port: emulator.postgres.port, database: 'postgres', user: 'app' };
    expect(client).toMatchObject(place);
    await client.connect();
    expect(client).toMatchObject(place);
    expect(client.processID).toBeGreaterThan(0);
    expect(client.secretKey).toBeTypeOf('number');
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    expect(rows[0].pid).toBe(client.processID);
    await client.end();
  });

  it('a derived user is filled in once it is known, not invented before', async () => {
    const client = new Client(emulator.url);
    expect(client.user).toBeUndefined();
    await client.connect();
    expect(client.user).toBe('local-app');
    await client.end();
  });

  it('speaks by promises, callbacks and events, in pg’s order', async () => {
    const bare = await chronicle(new pg.Client(native()));
    expect(await chronicle(new Client(native()))).toEqual(bare);
    expect(bare).toContain('connect');
  });

  async function chronicle(client: pg.Client): Promise<string[]> {
    const seen: string[] = [];
    for (const event of ['connect', 'drain', 'end', 'notice', 'error'] as const) {
      client.on(event, () => seen.push(event));
    }
    const early = client.query('SELECT 1').then(() => seen.push('early query'));
    await new Promise<void>((resolve, reject) => {
      client.connect((error: Error | null) => {
        seen.push('connect callback');
        error ? reject(error) : resolve();
      });
    });
    await early;
    await new Promise<void>((resolve) =>
      client.query('DO $$ BEGIN RAISE NOTICE $m$x$m$; END $$', () => resolve()),
    );
    const query = client.query(new Query('SELECT 2'));
    await once(query, 'end');
    await client
      .query('SELECT * FROM nowhere')
      .catch((error) => seen.push(error.code, error.constructor.name));
    const ended = once(client, 'end');
    await new Promise<void>((resolve) => client.end(() => resolve()));
    await ended;
    return seen;
  }

  it('cannot be connected twice, as with pg', async () => {
    for (const client of [new pg.Client(native()), new Client(native())]) {
      await client.connect();
      await expect(client.connect()).rejects.toThrow(
        'Client has already been connected. You cannot reuse a client.',
      );
      await client.end();
    }
  });

  it('LISTEN, NOTIFY and COPY-free bulk work over the finished socket', async () => {
    const client = await connected(new Client(emulator.url));
    const heard = once(client, 'notification');
    await client.query('LISTEN news');
    await client.query("NOTIFY news, 'paper'");
    expect((await heard)[0]).toMatchObject({ channel: 'news', payload: 'paper' });
    const { rows } = await client.query('SELECT repeat($1, 100000) AS big FROM generate_series(1, 50)', [
      'x',
    ]);
    expect(rows).toHaveLength(50);
    expect(rows[49].big).toHaveLength(100_000);
    await client.end();
  });

  it('a replication connection speaks its own language', async () => {
    await emulator.query('ALTER ROLE app REPLICATION');
    const client = await connected(new Client({ ...native(), replication: 'database' }));
    const { rows } = await client.query('IDENTIFY_SYSTEM');
    expect(rows).toMatchObject([{ dbname: 'postgres' }]);
    await client.end();
  });

  it('type parsers of the driver and of the config hold', async () => {
    const types = {
      getTypeParser: () => (value: string) => `parsed ${value}`,
    } as unknown as pg.CustomTypesConfig;
    expect(await ask(new Pool({ ...native(), types }), 'SELECT 1 AS one')).toEqual({ one: 'parsed 1' });
    azurePg.types.setTypeParser(20, (value) => BigInt(value));
    try {
      expect(await ask(new Pool(native()), 'SELECT 1::int8 AS one')).toEqual({ one: 1n });
    } finally {
      azurePg.types.setTypeParser(20, (value) => value);
    }
  });
});

describe("a pool is pg's", () => {
  it('runs the hooks and keeps the settings', async () => {
    const seen: string[] = [];
    const pool = new Pool({
      ...native(),
      max: 1,
      application_name: 'the-app',
      statement_timeout: 4321,
      onConnect: () => void seen.push('onConnect'),
      verify: (_client, done) => {
        seen.push('verify');
        done();
      },
    });
    pool.on('connect', () => seen.push('connect')).on('acquire', () => seen.push('acquire'));
    const { rows } = await pool.query(
      "SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS timeout",
    );
    expect(rows).toEqual([{ name: 'the-app', timeout: '4321ms' }]);
    expect(seen.filter((each) => each !== 'onConnect')).toEqual(['connect', 'acquire', 'verify']);
    await pool.end();
  });

  it("reads pg's own options from the URL, and the config's win", async () => {
    const { postgres } = emulator;
    const url = `${postgres.url}&statement_timeout=4321&query_timeout=9000`;
    const timeout = "SELECT current_setting('statement_timeout') AS timeout";
    expect(await ask(new Pool(url), timeout)).toEqual({ timeout: '4321ms' });
    expect(await ask(new Pool({ connectionString: url, statement_timeout: 1234 }), timeout)).toEqual({
      timeout: '1234ms',
    });
    expect(new Pool(url).options).toMatchObject({ query_timeout: '9000' });
    expect(() => new Pool(`${url}&pool_mode=transaction`)).toThrow(/statement_timeout/);
  });

  it('200 queries at once are answered, over no more connections than it may open', async () => {
    const pool = new Pool({ connectionString: emulator.url, max: 4 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        pool.query('SELECT $1::int AS n, pg_backend_pid() AS pid', [index]),
      ),
    );
    expect(answers.map(({ rows }) => rows[0].n)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(new Set(answers.map(({ rows }) => rows[0].pid)).size).toBeLessThanOrEqual(4);
    expect(pool.totalCount).toBe(4);
    await pool.end();
  });

  it('20 pools with one credential ask it for one token for the database, and one that names the identity', async () => {
    const asked: unknown[] = [];
    const credential = {
      getToken: async (scope: string | string[]) => {
        asked.push(scope);
        return emulator.entra.credential().getToken(scope);
      },
    };
    const pools = Array.from({ length: 20 }, () => new Pool({ connectionString: emulator.url, credential }));
    await Promise.all(pools.map((pool) => Promise.all([pool.query('SELECT 1'), pool.query('SELECT 1')])));
    await Promise.all(pools.map((pool) => pool.end()));
    expect(asked).toEqual([
      'https://ossrdbms-aad.database.windows.net/.default',
      'https://management.azure.com/.default',
    ]);
  });

  it('allowExitOnIdle lets the program end with its connections open', async () => {
    const end = await runProgram('exit-on-idle.ts', { ...emulator.env, URL: emulator.url });
    expect(end).toEqual({ code: 0, output: 'done\n', errors: '' });
  });

  it('the second host is used where the first does not answer, and the client says which', async () => {
    const closed = await countingProxy();
    await closed[Symbol.asyncDispose]();
    const { port } = emulator.postgres;
    const url = emulator.postgres.url.replace(
      `localhost:${port}`,
      `localhost:${closed.port},localhost:${port}`,
    );
    const client = await connected(new Client(url));
    expect(client).toMatchObject({ host: 'localhost', port });
    await client.end();
  });

  it('query_timeout is kept on the client’s side', async () => {
    const pool = new Pool({ ...native(), query_timeout: 100 });
    await expect(pool.query('SELECT pg_sleep(5)')).rejects.toThrow('Query read timeout');
    await pool.end();
  });

  it('on Azure its connections end before the load balancer forgets them, and not all at once', () => {
    const { options } = new Pool('postgres://ada@x.postgres.database.azure.com/db');
    expect(options.idleTimeoutMillis).toBe(60_000);
    const lifetimes = Array.from({ length: 50 }, () => options.maxLifetimeSeconds);
    expect(new Set(lifetimes).size).toBeGreaterThan(1);
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(1800);
    expect(new Pool('postgres://ada@localhost/db').options).toMatchObject({
      idleTimeoutMillis: 10_000,
      maxLifetimeSeconds: 0,
    });
    const own = new Pool({
      connectionString: 'postgres://ada@x.postgres.database.azure.com/db',
      maxLifetimeSeconds: 7,
    });
    expect(own.options.maxLifetimeSeconds).toBe(7);
  });
});

describe('what is wrong is said where programs look for it', () => {
  it.each([
    ['an unknown database', '3D000', { database: 'nowhere' }],
    ['a wrong password', '28P01', { password: 'wrong' }],
  ])('%s: a DatabaseError with its SQLSTATE, and the pool lives on', async (_, code, change) => {
    const pool = new Pool({ ...native(), ...change });
    const error = await pool.query('SELECT 1').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ code, severity: 'FATAL', message: expect.any(String) });
    await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code });
    await pool.end();
  });

  it('a refused token: the server’s own words, its SQLSTATE, and a hint', async () => {
    const credential = {
      getToken: async () => ({
        token: await emulator.entra.issueToken({ lifetime: -60 } as object),
        expiresOnTimestamp: Date.now() + 3_600_000,
      }),
    };
    await expect(
      ask(new Pool({ connectionString: emulator.url, credential, user: 'local-app' })),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^28/), message: expect.stringMatching(/token/i) });
  });

  it('nobody listens: ECONNREFUSED stays ECONNREFUSED', async () => {
    const proxy = await countingProxy();
    const { port } = proxy;
    await proxy[Symbol.asyncDispose]();
    await expect(ask(new Pool({ ...native(), port }))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(new Client({ ...native(), port }).connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('queries that waited for a connection that never came fail too', async () => {
    const client = new Client({ ...native(), database: 'nowhere' });
    const query = client.query('SELECT 1');
    await expect(client.connect()).rejects.toMatchObject({ code: '3D000' });
    await expect(query).rejects.toMatchObject({ code: '3D000' });
    await expect(client.end()).resolves.toBeUndefined();
  });

  it('a server that says nothing: connectionTimeoutMillis bounds all of connecting', async () => {
    await using silent = await countingProxy();
    const config = { ...native(), port: silent.port, connectionTimeoutMillis: 200 };
    await expect(new Client(config).connect()).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    const error = await ask(new Pool(config)).catch((reason: Error) => reason);
    expect(error).toMatchObject({ message: 'Connection terminated due to connection timeout' });
    expect(error).toHaveProperty('cause.code', 'CONNECT_TIMEOUT');
    await expect.poll(() => silent.open).toBe(0);
  });

  it('a credential that says nothing: the same bound', async () => {
    const credential = { getToken: () => new Promise<never>(() => {}) };
    const client = new Client({ connectionString: emulator.url, credential, connectionTimeoutMillis: 200 });
    await expect(client.connect()).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
  });

  it('a client that is ended while it connects: connect() says so, and no socket stays', async () => {
    await using silent = await countingProxy();
    const client = new Client({ ...native(), port: silent.port });
    const connecting = client.connect();
    await expect.poll(() => silent.open).toBe(1);
    await client.end();
    await expect(connecting).rejects.toThrow('Connection terminated');
    await expect.poll(() => silent.open).toBe(0);
  });

  it.each<[string, object]>([
    ['an option that nobody knows', { conectionString: 'postgres://localhost' }],
    ['a misspelled one of pg', { host: 'localhost', idleTimeoutMilis: 5 }],
    ['a socket of the caller', { host: 'localhost', sslmode: 'verify-full', stream: () => undefined }],
    ['an ssl key without counterpart', { host: 'localhost', ssl: { checkServerIdentity: () => undefined } }],
    [
      'two roots of trust',
      { host: 'localhost', ssl: { ca: '-----BEGIN CERTIFICATE-----' }, sslrootcert: '/etc/ca.pem' },
    ],
    ['an invalid value', { host: 'localhost', sslmode: 'verify' }],
  ])('%s: an error when the pool is made, not at three in the morning', (_, config) => {
    for (const make of [() => new Pool(config), () => new Client(config)]) {
      expect(make).toThrow(AzurePgError);
      expect(make).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }));
    }
  });
});

it('what pg exports is exported, and by the same names on the default export', () => {
  const missing = Object.keys(pg).filter((name) => !(name in azurePg) && name !== '_pools');
  expect(missing).toEqual([]);
  expect(azurePg.Pool).toBe(Pool);
  expect(azurePg.utils).toBe((pg as { utils?: unknown }).utils);
  expect(azurePg.native).toBeUndefined();
  expect(Object.keys(azurePg)).not.toContain('native');
});

it('scramMaxIterations is heeded: a password that was made with more rounds is refused, or not', async () => {
  const admin = new Pool(native());
  await admin.query("SET scram_iterations = 150000; CREATE ROLE many_rounds LOGIN PASSWORD 'pw'");
  await admin.end();
  const many = { ...native(), user: 'many_rounds', password: 'pw' };
  await expect(ask(new Pool(many))).rejects.toThrow(
    /150000 SCRAM iterations, more than scram_max_iterations/,
  );
  for (const scramMaxIterations of [150_000, 0]) {
    expect(await ask(new Pool({ ...many, scramMaxIterations } as pg.PoolConfig))).toMatchObject({
      user: 'many_rounds',
    });
  }
});

describe('what pg allows with a client of one connection', () => {
  it.each([
    ['pg', () => new pg.Client(native())],
    ['here', () => new Client(native())],
  ])('end() before connect(): %s', async (_, make) => {
    const client = make();
    await client.end();
    await client.connect();
    await expect(client.query('select 1')).rejects.toThrow('Client was closed and is not queryable');
    await client.end();
  });

  it('"readyForQuery" that a program emits without a message', async () => {
    const client = new Client(native());
    await client.connect();
    await client.query('BEGIN');
    (client as unknown as { connection: EventEmitter }).connection.emit('readyForQuery');
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });
});
