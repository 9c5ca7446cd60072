import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Client, ownConnection, Pool, poolConfig } from '@azure-pg/pg';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';

// pg's own copy.
const { parse } = createRequire(createRequire(import.meta.url).resolve('pg'))('pg-connection-string') as {
  parse(text: string): object;
};

afterEach(() => vi.unstubAllEnvs());

type Made = pg.Client & { connectionParameters: { ssl: unknown; statement_timeout: unknown } };
/** What a client says of the place where it goes. */
const placeOf = ({ host, port, database, user, password }: pg.Client): unknown => ({
  host,
  port,
  database,
  user,
  password,
});
const make = (config: string | pg.ClientConfig): { ours: Made; bare: Made } => ({
  ours: new Client(config) as Made,
  bare: new pg.Client(config) as Made,
});

describe('a connection string means what it means to pg', () => {
  it.each([
    ['the scheme pg', 'pg://app:secret@db.example:6000/orders'],
    ['a space in the password', 'postgres://app:pass word@db.example:6000/orders'],
    ["a socket's folder and a database", '/run/postgresql orders'],
  ])('%s', (_, text) => {
    vi.stubEnv('PGUSER', 'app');
    vi.stubEnv('PGPASSWORD', 'secret');
    for (const config of [text, { connectionString: text }]) {
      const { ours, bare } = make(config);
      expect(placeOf(ours)).toEqual(placeOf(bare));
    }
  });

  it.each([
    ['0', 'disable'],
    ['false', 'disable'],
    ['1', 'verify-full'],
    ['no-verify', 'require'],
  ])('ssl=%s', (value, mode) => {
    const text = `postgres://app@db.example/orders?ssl=${value}&application_name=a`;
    const connection = ownConnection(new Pool(text));
    expect(connection?.tls.mode).toBe(mode);
    expect(connection?.startupParameters.application_name).toBe('a');
    expect(connection?.database).toBe('orders');
  });

  it('options of the config win, and one that is undefined says nothing', () => {
    const connectionString = 'postgres://app@db.example/orders?ssl=0&statement_timeout=5';
    const modeOf = (config: pg.PoolConfig) =>
      ownConnection(new Pool({ connectionString, ...config }))?.tls.mode;
    expect(modeOf({ ssl: true })).toBe('verify-full');
    expect(modeOf({ ssl: undefined })).toBe('disable');
  });
});

describe("pg's ConnectionParameters", () => {
  const ConnectionParameters = createRequire(import.meta.url)('pg/lib/connection-parameters');

  it('are a config', () => {
    const given = { host: 'db.example', port: 6000, user: 'app', password: 'secret', statement_timeout: 5 };
    const parameters = new ConnectionParameters({ ...given, database: 'orders' });
    // The password is not copied.
    for (const config of [parameters, { ...parameters }, { ...parameters, password: 'another' }]) {
      const { ours, bare } = make(config);
      expect(placeOf(ours)).toEqual(placeOf(bare));
      expect(ours.connectionParameters.statement_timeout).toBe(5);
    }
  });

  it('what pg puts there by itself is not what the user said', () => {
    const host = 'my-server.postgres.database.azure.com';
    const connection = ownConnection(new Client(new ConnectionParameters({ host, user: 'app' })));
    expect(connection).toMatchObject({ connectTimeout: 30_000, tls: { mode: 'verify-full' }, auth: 'entra' });
  });
});

it('a variable that was set to undefined, which makes it a word, is not set', () => {
  vi.stubEnv('PGSSLMODE', 'undefined');
  vi.stubEnv('PGPORT', 'undefined');
  const connection = ownConnection(new Client('postgres://app@db.example/orders'));
  expect(connection).toMatchObject({ hosts: [{ port: 5432 }], tls: { mode: 'prefer' } });
});

describe('the ssl option', () => {
  it.each<[string, pg.ClientConfig['ssl']]>([
    ['true', true],
    ['false', false],
    ['nothing', undefined],
    ['an object', { rejectUnauthorized: true }],
  ])('a client shows it: %s', (_, ssl) => {
    const { ours, bare } = make({ host: 'db.example', user: 'app', password: 'secret', ssl });
    const seen = ({ ssl: own, connectionParameters }: Made) => [own, connectionParameters.ssl];
    expect(seen(ours as never)).toEqual(seen(bare as never));
  });

  it('its secrets can be read, and are not printed', () => {
    const ssl = {
      cert: '-----BEGIN CERTIFICATE-----',
      key: '-----BEGIN PRIVATE KEY-----',
      passphrase: 'canary',
    };
    const client = new Client({ host: 'db.example', user: 'app', ssl }) as Made;
    expect(client.connectionParameters.ssl).toMatchObject({ cert: ssl.cert });
    expect((client.connectionParameters.ssl as typeof ssl).key).toBe(ssl.key);
    expect(JSON.stringify(client)).not.toMatch(/PRIVATE KEY|canary/);
    // The caller's own object is left alone.
    expect(Object.keys(ssl)).toEqual(['cert', 'key', 'passphrase']);
  });

  it.each(['ca', 'cert', 'key'])(
    'a %s that is no PEM is an error of connecting, and no server is asked',
    async (name) => {
      const config = {
        host: '127.0.0.1',
        port: 1,
        user: 'app',
        password: 'secret',
        ssl: { [name]: 'invalid' },
      };
      const expected = { code: 'INVALID_SETTING', message: expect.stringContaining(`${name} must hold PEM`) };
      await expect(new Client(config).connect()).rejects.toMatchObject(expected);
      const pool = new Pool(config);
      await expect(pool.query('SELECT 1')).rejects.toMatchObject(expected);
      await pool.end();
    },
  );
});

describe('a class of clients given to a pool', () => {
  const pool = (made: unknown) => new Pool({ host: 'localhost', Client: made as never });

  it('a mock that is nothing of pg is taken', () => {
    class Mock {}
    expect((pool(Mock) as unknown as { Client: unknown }).Client).toBe(Mock);
    expect(() => pool(vi.fn())).not.toThrow();
  });

  it("pg's own, and what looks like pg-native's, is refused", () => {
    class Native {
      setTypeParser(): void {}
    }
    for (const made of [pg.Client, class extends pg.Client {}, Native]) {
      expect(() => pool(made)).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }));
    }
  });
});

it.each(['socket://app:CANARY@/x?db=y', 'socket:/x%zz?password=CANARY'])(
  'what is no URL of a socket is an error without the text: %s',
  (text) => {
    let reason: unknown;
    try {
      new Pool(text);
    } catch (error) {
      reason = error;
    }
    expect(reason).toMatchObject({ code: 'INVALID_CONNECTION_STRING' });
    expect(inspect(reason, { showHidden: true, depth: 9 })).not.toContain('CANARY');
  },
);

it.each(['url', 'uri', 'dsn', 'pass', 'pwd', 'apiKey', 'key'])(
  'what a library passes along as %s beside the string is not printed with a pool, and stays there',
  (name) => {
    const pool = new Pool({ connectionString: 'postgres://a@db.example/x', [name]: 'CANARY' } as never);
    expect(inspect(pool, { depth: 9 })).not.toContain('CANARY');
    expect({ ...pool.options }).toHaveProperty(name, 'CANARY');
  },
);

describe('a connection string beside options of the same', () => {
  const text = 'postgres://app:secret@db.example:6000/orders';

  it.each<[string, pg.ClientConfig]>([
    ['what massive fills in', { host: 'localhost', port: 5432 }],
    ['all', { host: 'localhost', port: 5432, user: 'eve', database: 'other', password: 'wrong' }],
    ['the same', { host: 'db.example', port: 6000, user: 'app', database: 'orders', password: 'secret' }],
  ])('the string counts, as with pg: %s', (_, options) => {
    const { ours, bare } = make({ connectionString: text, ...options, logger: {} } as pg.ClientConfig);
    expect(placeOf(ours)).toEqual(placeOf(bare));
    expect(ownConnection(ours)).toMatchObject({ hosts: [{ host: 'db.example', port: 6000 }], user: 'app' });
  });

  it.each([
    'Server=db.example;Port=6000;User Id=app;Password=secret;Database=orders',
    'host=db.example;port=6000;username=app;password=secret;database=orders',
    'jdbc:postgresql://db.example:6000/orders?user=app&password=secret',
    'POSTGRESQL://app:secret@db.example:6000/orders',
    'postgres://app:secret@db.example:6000/orders\n',
  ])('in every form that it may have: %s', (connectionString) => {
    const options = { host: 'localhost', port: 5432, user: 'eve', database: 'other', password: 'wrong' };
    const pool = new Pool({ connectionString, ...options, logger: {} });
    expect(ownConnection(pool)).toMatchObject({
      hosts: [{ host: 'db.example', port: 6000 }],
      user: 'app',
      database: 'orders',
    });
    expect(new Client({ connectionString, ...options, logger: {} }).password).toBe('secret');
  });

  it('a password that stands beside another host than the string’s is for that host, and refused', () => {
    const options = { host: 'db1.example', user: 'ada', password: 'for-db1', logger: {} };
    for (const make of [
      () => new Pool({ connectionString: 'postgres://db2.example/app', ...options }),
      () => new Client({ connectionString: 'postgres://db2.example/app', ...options }),
    ])
      expect(make).toThrow(
        expect.objectContaining({
          code: 'INVALID_SETTING',
          setting: 'password',
          message: expect.not.stringContaining('for-db1'),
        }),
      );
  });

  it('where the two differ there is one warning, without the values', () => {
    const warn = vi.fn();
    const config = { connectionString: text, host: 'CANARY', user: 'app', port: 6000, logger: { warn } };
    for (let i = 0; i < 3; i++) new Client(config);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toMatch(/\(host\)/);
    expect(JSON.stringify(warn.mock.calls)).not.toMatch(/CANARY|secret/);
  });

  it('what the string does not say, the options do', () => {
    const config = { connectionString: 'postgres://db.example/', user: 'app', database: 'orders' };
    expect(ownConnection(new Pool(config))).toMatchObject({ user: 'app', database: 'orders' });
  });

  it('what is changed in a config that was read counts', () => {
    const config = poolConfig(text);
    const changed = new pg.Pool({ ...config, database: 'shadow', password: config.password });
    expect(ownConnection(changed)).toMatchObject({ database: 'shadow', user: 'app' });
    const pool = new Pool(text);
    pool.options.user = 'eve';
    expect(ownConnection(pool)).toMatchObject({ database: 'orders', user: 'eve' });
  });
});

describe('the same certificate as pg-connection-string gives it', () => {
  const authority = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const file = join(mkdtempSync(join(tmpdir(), 'azure-pg-')), 'ca.pem');
  writeFileSync(file, authority);
  const url = `postgres://app@db.example/orders?sslmode=verify-full&sslrootcert=${encodeURIComponent(file)}`;

  it('what its parse() gives is taken', () => {
    const config = parse(url) as pg.ClientConfig;
    expect(config).toMatchObject({ ssl: { ca: authority }, sslrootcert: file });
    const connection = ownConnection(new Client(config));
    expect(connection?.tls).toMatchObject({ mode: 'verify-full', rootCertificates: [file] });
  });

  it('no-verify, which only pg has, means what it means there', () => {
    for (const config of [
      parse('postgres://a@h/d?sslmode=no-verify'),
      'postgres://a@h/d?sslmode=no-verify',
    ]) {
      const connection = ownConnection(new Client(config as pg.ClientConfig));
      expect(connection?.tls.mode).toBe('require');
    }
    expect(() => new Client({ host: 'h', sslmode: 'no-verify', ssl: true } as never)).not.toThrow();
  });

  it('another certificate is refused', () => {
    const config = { ...parse(url), ssl: { ca: authority.replace('MIIB', 'MIIC') } } as pg.ClientConfig;
    expect(() => new Client(config)).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING', setting: 'ssl', source: 'options' }),
    );
  });
});

it('a "=" in a value of a URL need not be encoded', () => {
  const connection = ownConnection(new Pool('postgres://app@db.example/orders?options=-c search_path=x'));
  expect(connection?.startupParameters.options).toBe('-c search_path=x');
});
