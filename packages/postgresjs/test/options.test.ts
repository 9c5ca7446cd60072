import { Socket } from 'node:net';
import { inspect } from 'node:util';
import { AzurePgError, resolveConnection } from '@azure-pg/core';
import driver from 'postgres';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { splitArguments } from '../src/driver-options/driver-arguments.ts';
import postgres from '../src/index.ts';

const azure = 'postgres://my-server.postgres.database.azure.com/app';
const pooled = 'postgres://my-server.postgres.database.azure.com:6432/app';

/** What `postgres()` refuses. */
function refusal(...given: Parameters<typeof postgres>): AzurePgError {
  try {
    postgres(...given);
  } catch (error) {
    if (error instanceof AzurePgError) return error;
    throw error;
  }
  throw new Error('It was taken');
}

afterEach(() => vi.unstubAllEnvs());

describe('the function', () => {
  test('carries everything that the driver’s does', () => {
    for (const name of Object.keys(driver)) expect(postgres, name).toHaveProperty(name);
    expect(postgres.PostgresError).toBe(driver.PostgresError);
    expect(postgres.BigInt).toBe(driver.BigInt);
    expect(postgres.default).toBe(postgres);
  });

  test('gives the driver’s own sql: options that ORMs read and write, without a secret', async () => {
    const sql = postgres(`${azure}?user=ada`, { max: 3, password: 'canary' });
    expect(sql.options).toMatchObject({
      host: ['my-server.postgres.database.azure.com'],
      port: [5432],
      user: 'ada',
      database: 'app',
      max: 3,
      parsers: {},
      serializers: {},
    });
    sql.options.parsers[1184] = (value) => value;
    expect(inspect(sql, { depth: 8, showHidden: true })).not.toContain('canary');
    await sql.end();
  });

  test('shows a password of the user’s where the driver does, and only to who reads it by name', async () => {
    const shown = [
      postgres({ user: 'öla', pass: 'pass^word' }),
      postgres('postgres://öla:pass%5Eword@db.example/app'),
    ];
    for (const { options } of shown) {
      expect((options as { pass?: unknown }).pass).toBe('pass^word');
      expect(Object.values({ ...options })).not.toContain('pass^word');
      expect(inspect(options, { depth: 8, showHidden: true })).not.toContain('pass^word');
      expect(JSON.stringify(options)).not.toContain('pass^word');
    }
    vi.stubEnv('PGPASSWORD', 'canary');
    const { options } = postgres('postgres://ada@db.example/app');
    expect((options as { pass?: unknown }).pass).toBe('canary');
    expect(inspect(options, { depth: 8, showHidden: true })).not.toContain('canary');
  });

  test.each([
    ['a token', { tokenProvider: async () => 'canary' }],
    ['a function', { password: () => 'canary' }],
  ])('shows no password that comes from %s', (_name, options) => {
    expect((postgres(`${azure}?user=ada`, options).options as { pass?: unknown }).pass).toBe('');
  });

  test('names nobody where the token will say who signs in', () => {
    expect(postgres(azure).options.user).toBe('');
  });

  test('tells the driver of one host where there are several', () => {
    const sql = postgres('postgres://a.example,b.example:6000/app?target_session_attrs=read-write');
    expect(sql.options).toMatchObject({ host: ['a.example'], port: [5432] });
    expect(sql.options.target_session_attrs).toBeFalsy();
  });

  test('takes target_session_attrs=any from the environment, which the driver throws at', () => {
    vi.stubEnv('PGTARGETSESSIONATTRS', 'any');
    expect(() => driver('postgres://localhost/app')).toThrow('not supported');
    expect(() => postgres('postgres://localhost/app')).not.toThrow();
    expect(process.env.PGTARGETSESSIONATTRS).toBe('any');
  });
});

describe('arguments', () => {
  test.each([
    ['a URI', () => postgres('postgresql://ada@db.example:6000/app')],
    ['options', () => postgres({ host: 'db.example', port: 6000, user: 'ada', database: 'app' })],
    ['the port with the host', () => postgres({ host: 'db.example:6000', user: 'ada', database: 'app' })],
    ['aliases', () => postgres({ hostname: 'db.example', port: 6000, username: 'ada', db: 'app' })],
    ['keywords and values', () => postgres('host=db.example port=6000 user=ada dbname=app')],
    [
      'a URI and options, which win',
      () => postgres('postgres://x@y:1/z', { host: 'db.example', port: 6000, user: 'ada', database: 'app' }),
    ],
  ])('%s', (_name, make) => {
    expect(make().options).toMatchObject({
      host: ['db.example'],
      port: [6000],
      user: 'ada',
      database: 'app',
    });
  });

  test('the environment alone', () => {
    vi.stubEnv('PGHOST', 'db.example');
    vi.stubEnv('PGUSER', 'ada');
    vi.stubEnv('PGDATABASE', 'app');
    expect(postgres().options).toMatchObject({ host: ['db.example'], user: 'ada', database: 'app' });
  });

  test('the path of a socket', () => {
    const sql = postgres({ path: '/run/postgresql/.s.PGSQL.5433', database: 'app', user: 'ada' });
    expect(sql.options).toMatchObject({ path: '/run/postgresql/.s.PGSQL.5433', port: [5433] });
  });

  test('the driver’s options in a URL are numbers and switches, not texts', () => {
    const sql = postgres(`${azure}?max=5&idle_timeout=7&fetch_types=false&sslmode=verify-full&keep_alive=30`);
    expect(sql.options).toMatchObject({ max: 5, idle_timeout: 7, fetch_types: false, keep_alive: 30 });
  });

  test.each(['require', 'true', 'verify-full', 'prefer'])(
    'ssl=%s in a URL is the driver’s ssl option',
    (ssl) => {
      expect(() => postgres(`postgres://ada@localhost/app?ssl=${ssl}&max=2`)).not.toThrow();
      expect(refusal(`postgres://ada@localhost/app?ssl=${ssl}-ish`).code).toBe('INVALID_SETTING');
    },
  );

  test('what is empty counts as not given, as with the driver', () => {
    vi.stubEnv('PGUSER', 'ada');
    const sql = postgres({ host: 'db.example', user: '', password: '', database: '' });
    expect(sql.options).toMatchObject({ host: ['db.example'], user: 'ada' });
  });

  test('the option connection becomes startup parameters, and its application_name wins over the default', () => {
    expect(postgres(azure).options.connection).toEqual({ application_name: 'postgres.js' });
    const connection = { application_name: 'shop', statement_timeout: 5000, lock_timeout: 0 };
    expect(postgres(azure, { connection }).options.connection).toEqual({
      application_name: 'shop',
      statement_timeout: '5000',
    });
  });
});

describe('what cannot be is refused at once', () => {
  test.each([
    ['idleTimeout', 'idle_timeout'],
    ['pool_mod', 'pool_mode'],
    ['maxx', 'max'],
    ['transfrom', 'transform'],
  ])('the unknown option %s, with the nearest name', (name, nearest) => {
    const error = refusal(azure, { [name]: 1 } as object);
    expect(error).toMatchObject({ code: 'INVALID_SETTING' });
    expect(error.message).toContain(name);
    expect(error.hint).toContain(`"${nearest}"`);
  });

  test('a URL that cannot be parsed, without quoting it', () => {
    const error = refusal('postgres://ada:canary@%zz:nonsense/x');
    expect(error.code).toBe('INVALID_CONNECTION_STRING');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary');
  });

  test('prepare: true where the pooler loses prepared statements', () => {
    expect(refusal(pooled, { prepare: true })).toMatchObject({ code: 'POOLER_UNSUPPORTED' });
  });

  test('startup parameters that PgBouncer refuses, with what to do instead', () => {
    const error = refusal(pooled, { connection: { statement_timeout: 5000 } });
    expect(error.code).toBe('POOLER_UNSUPPORTED');
    expect(error.hint).toContain('SET LOCAL');
    expect(() =>
      postgres(pooled, { connection: { TimeZone: 'UTC', application_name: 'shop' } }),
    ).not.toThrow();
  });

  test('ssl: false with sslmode=verify-full', () => {
    expect(refusal(`${azure}?sslmode=verify-full`, { ssl: false })).toMatchObject({
      code: 'INVALID_SETTING',
    });
  });
});

describe('prepare', () => {
  test.each([
    ['directly', azure, {}, true],
    ['directly, as the user says', azure, { prepare: false }, false],
    ['through the pooler', pooled, {}, false],
    ['through the pooler, as the user says', pooled, { prepare: false }, false],
    ['through a pooler in session mode', `${pooled}?pool_mode=session`, {}, true],
    ['where the pooler carries statements', `${pooled}?max_prepared_statements=200`, {}, true],
    [
      'where the pooler carries statements, as the user says',
      pooled,
      { maxPreparedStatements: 200, prepare: true },
      true,
    ],
    ['by the old name', azure, { no_prepare: true }, false],
  ])('%s', (_name, url, options, expected) => {
    expect(postgres(url, options).options.prepare).toBe(expected);
  });
});

describe('defaults', () => {
  test('on Azure, idle connections go before its load balancers drop them, and lifetimes spread', () => {
    const { idle_timeout, max_lifetime, keep_alive } = postgres(azure).options;
    expect(idle_timeout).toBeGreaterThan(0);
    expect(idle_timeout).toBeLessThan(240);
    expect(keep_alive).toBe(60);
    expect(typeof max_lifetime).toBe('function');
  });

  test.runIf(Socket.prototype.setKeepAlive.length >= 4)(
    'keepalives_interval and keepalives_count are not set back by the driver, which knows the delay alone',
    () => {
      expect(postgres(azure, { keepalives_interval: 3 }).options.keep_alive).toBe(0);
      expect(postgres(azure, { keepalives_count: 3 }).options.keep_alive).toBe(0);
    },
  );

  test('anywhere else they are the driver’s', () => {
    const ours = postgres('postgres://localhost/app').options;
    const bare = driver('postgres://localhost/app').options;
    for (const name of [
      'max',
      'idle_timeout',
      'max_pipeline',
      'publications',
      'prepare',
      'keep_alive',
    ] as const) {
      expect(ours[name as 'max'], name).toBe(bare[name as 'max']);
    }
  });

  test('null and the environment win over them', () => {
    expect(postgres(azure, { idle_timeout: null as never, max_lifetime: null }).options).toMatchObject({
      idle_timeout: null,
      max_lifetime: null,
    });
    vi.stubEnv('PGIDLE_TIMEOUT', '17');
    expect(postgres(azure).options.idle_timeout).toBe(17);
  });

  test('a lifetime that the user gives is the longest, and differs from connection to connection', () => {
    const lifetime = postgres(azure, { max_lifetime: 1000 }).options.max_lifetime as unknown as () => number;
    const lifetimes = Array.from({ length: 20 }, lifetime);
    expect(new Set(lifetimes).size).toBeGreaterThan(1);
    for (const seconds of lifetimes) {
      expect(seconds).toBeLessThanOrEqual(1000);
      expect(seconds).toBeGreaterThan(700);
    }
  });

  test('a lifetime below a second is spread, too, and not rounded to none', () => {
    const lifetime = postgres(azure, { max_lifetime: 0.3 }).options.max_lifetime as unknown as () => number;
    const lifetimes = Array.from({ length: 20 }, lifetime);
    expect(new Set(lifetimes).size).toBeGreaterThan(1);
    expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(0.24);
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(0.3);
  });

  test('connect_timeout is one setting, wherever it stands', () => {
    expect(postgres(`${azure}?connect_timeout=7`).options.connect_timeout).toBe(7);
    expect(postgres(azure, { connect_timeout: 8 }).options.connect_timeout).toBe(8);
    expect(postgres(azure, { connect_timeout: 0.5 }).options.connect_timeout).toBe(0.5);
  });
});

test('hosts with their ports are those of the driver', () => {
  const options = { host: 'a.example:6000,b.example', user: 'ada', database: 'app' };
  for (const more of [{}, { port: 7000 }]) {
    const { host, port } = driver({ ...options, ...more }).options;
    const { hosts } = resolveConnection(splitArguments(undefined, { ...options, ...more }).connection);
    expect(hosts.map((each) => each.host)).toEqual(host);
    expect(hosts.map((each) => each.port)).toEqual(port);
  }
});
