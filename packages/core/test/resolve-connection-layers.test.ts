import { describe, expect, it } from 'vitest';
import { secretsOf } from '../src/connection/connection-secrets.ts';
import { resolveConnection } from '../src/index.ts';
import { libpqSettings } from '../src/settings/table/libpq-settings.ts';

const azure = 'srv.postgres.database.azure.com';

describe('layers: options > connection string > environment > derived > default', () => {
  it('the strongest that says something wins, and the connection can tell which it was', () => {
    const env = { PGHOST: 'env', PGUSER: 'env', PGDATABASE: 'env', PGAPPNAME: 'env', PGSSLMODE: 'require' };
    const connection = resolveConnection('postgres://url@url/url', { user: 'option', host: undefined }, env);
    expect(connection).toMatchObject({
      user: 'option',
      hosts: [{ host: 'url' }],
      database: 'url',
      startupParameters: { application_name: 'env' },
      tls: { mode: 'require' },
    });
    const sources = [
      'user',
      'host',
      'dbname',
      'database',
      'application_name',
      'sslmode',
      'port',
      'auth',
      'nonsense',
    ];
    expect(sources.map((name) => connection.sourceOf(name))).toEqual([
      'options',
      'connection string',
      'connection string',
      'connection string',
      'environment',
      'environment',
      'default',
      'derived',
      undefined,
    ]);
    expect(connection.sourceOf('applicationName')).toBe('environment');
  });

  it('options in the second argument win over those in the first', () => {
    const connection = resolveConnection(
      { host: 'a', user: 'ada', password: () => 'first', connect_timeout: 1 },
      { host: 'b', user: undefined, password: 'second', connectTimeout: 2 },
      {},
    );
    expect(connection).toMatchObject({ hosts: [{ host: 'b' }], user: 'ada', connectTimeout: 2000 });
    expect(secretsOf(connection).password).toBe('second');
  });

  it('the environment is the argument and nothing else', () => {
    process.env.PGAPPNAME = 'behind the back';
    try {
      expect(resolveConnection('postgres://a@b', {}, {}).startupParameters).toEqual({});
      expect(resolveConnection('postgres://a@b').startupParameters).toEqual({
        application_name: 'behind the back',
      });
    } finally {
      delete process.env.PGAPPNAME;
    }
  });
});

describe('libpq’s variables', () => {
  const sample: Partial<Record<string, string>> = {
    PGPORT: '1',
    PGHOSTADDR: '127.0.0.1',
    PGCONNECT_TIMEOUT: '9',
    PGSSLMODE: 'disable',
    PGCHANNELBINDING: 'disable',
    PGSSLNEGOTIATION: 'postgres',
    PGSSLCERTMODE: 'disable',
    PGSSLSNI: '0',
    PGSSLCOMPRESSION: '0',
    PGREQUIREAUTH: 'md5',
    PGMINPROTOCOLVERSION: '3.0',
    PGMAXPROTOCOLVERSION: 'latest',
    PGSSLMINPROTOCOLVERSION: 'TLSv1.3',
    PGSSLMAXPROTOCOLVERSION: 'TLSv1.3',
    PGGSSENCMODE: 'disable',
    PGGSSDELEGATION: '0',
    PGTARGETSESSIONATTRS: 'primary',
    PGLOADBALANCEHOSTS: 'random',
    PGCLIENTENCODING: 'utf-8',
  };
  const variables = Object.entries(libpqSettings).flatMap(([name, keyword]) =>
    'variable' in keyword && name !== 'service' ? [[keyword.variable, name] as const] : [],
  );

  it.each(variables)('%s gives %s', (variable, name) => {
    const connection = resolveConnection(undefined, undefined, {
      PGUSER: 'u',
      [variable]: sample[variable] ?? 'x',
    });
    expect(connection.sourceOf(name)).toBe('environment');
  });

  it.each(variables)('an empty %s counts as not set', (variable, name) => {
    const connection = resolveConnection('postgres://u@h', undefined, { [variable]: '' });
    expect(connection.sourceOf(name)).not.toBe('environment');
  });

  it('PGREQUIRESSL=1 asks for TLS, weaker than PGSSLMODE', () => {
    expect(resolveConnection('postgres://u@h', {}, { PGREQUIRESSL: '1' }).tls.mode).toBe('require');
    expect(resolveConnection('postgres://u@h', {}, { PGREQUIRESSL: '0' }).tls.mode).toBe('prefer');
    expect(
      resolveConnection('postgres://u@h', {}, { PGREQUIRESSL: '1', PGSSLMODE: 'disable' }).tls.mode,
    ).toBe('disable');
  });

  it('PGTZ, PGDATESTYLE and PGGEQO become server options, before the user’s own', () => {
    const env = { PGTZ: 'Europe/Paris', PGDATESTYLE: 'ISO, DMY', PGGEQO: 'default' };
    expect(
      resolveConnection('postgres://u@h?options=-c%20timezone%3DUTC', {}, env).startupParameters.options,
    ).toBe('-c datestyle=ISO,\\ DMY -c timezone=Europe/Paris -c timezone=UTC');
  });
});

describe('DATABASE_URL', () => {
  const env = { DATABASE_URL: `postgres://ada@${azure}:6432/app`, PGUSER: 'eve', PGAPPNAME: 'x' };

  it('says where the database is when nothing else does; its own settings beat PGUSER, as a URL’s do', () => {
    const connection = resolveConnection(undefined, { database: 'other' }, env);
    expect(connection).toMatchObject({
      user: 'ada',
      database: 'other',
      hosts: [{ host: azure, port: 6432 }],
    });
    expect(connection.startupParameters.application_name).toBe('x');
    expect(connection.sourceOf('host')).toBe('environment');
  });

  it.each([
    ['a string', 'postgres://u@h', {}],
    ['a string without a host', 'user=u', {}],
    ['an option', { host: 'h' }, {}],
    ['an address', { hostaddr: '127.0.0.1' }, {}],
    ['PGHOST', undefined, { PGHOST: 'h' }],
    ['PGHOSTADDR', undefined, { PGHOSTADDR: '127.0.0.1' }],
    ['Service Connector', undefined, { AZURE_POSTGRESQL_HOST: 'h' }],
  ])('stands back for %s', (_, input, more) => {
    const connection = resolveConnection(input, undefined, { ...env, ...more });
    expect(connection.hosts[0]?.host).not.toBe(azure);
  });

  it('is named in errors, and never quoted', () => {
    expect(() =>
      resolveConnection(undefined, {}, { DATABASE_URL: 'postgres://u:CANARY@h?sslmode=x' }),
    ).toThrow(/sslmode.*the environment variable DATABASE_URL/);
    expect(() => resolveConnection(undefined, {}, { DATABASE_URL: 'postgres://u:p@/app' })).toThrow(
      /host .*DATABASE_URL.*empty/,
    );
    expect(() => resolveConnection(undefined, {}, { DATABASE_URL: 'postgres://u:p/s@h/app' })).toThrow(
      /DATABASE_URL: there is a "@"/,
    );
    expect(() => resolveConnection(undefined, {}, { DATABASE_URL: 'CANARY' })).toThrow(/DATABASE_URL/);
    expect(() => resolveConnection(undefined, {}, { DATABASE_URL: 'CANARY' })).not.toThrow(/CANARY/);
  });
});

describe('Service Connector', () => {
  const host = { AZURE_POSTGRESQL_HOST: azure };
  const common = {
    ...host,
    AZURE_POSTGRESQL_USER: 'role',
    AZURE_POSTGRESQL_DATABASE: 'app',
    AZURE_POSTGRESQL_PORT: '5432',
    AZURE_POSTGRESQL_SSL: 'true',
  };
  const expected = {
    hosts: [{ host: azure, port: 5432 }],
    user: 'role',
    database: 'app',
    tls: { mode: 'verify-full' },
  };

  it('system-assigned identity', () => {
    expect(resolveConnection(undefined, undefined, common)).toMatchObject({ ...expected, auth: 'entra' });
  });

  it('user-assigned identity', () => {
    const connection = resolveConnection(undefined, undefined, {
      ...common,
      AZURE_POSTGRESQL_CLIENTID: 'id',
    });
    expect(connection).toMatchObject({ ...expected, auth: 'entra', entra: { clientId: 'id' } });
  });

  it('service principal', () => {
    const env = {
      ...common,
      AZURE_POSTGRESQL_CLIENTID: 'id',
      AZURE_POSTGRESQL_CLIENTSECRET: 'CANARY',
      AZURE_POSTGRESQL_TENANTID: 'tenant',
    };
    const connection = resolveConnection(undefined, undefined, env);
    expect(connection).toMatchObject({
      ...expected,
      auth: 'entra',
      entra: { clientId: 'id', tenantId: 'tenant' },
    });
    expect(secretsOf(connection).clientSecret).toBe('CANARY');
    expect(JSON.stringify(connection) + String(connection)).not.toContain('CANARY');
  });

  it('secret', () => {
    const connection = resolveConnection(undefined, undefined, {
      ...common,
      AZURE_POSTGRESQL_PASSWORD: 'secret',
    });
    expect(connection).toMatchObject({ ...expected, auth: 'password' });
    expect(secretsOf(connection).password).toBe('secret');
  });

  it.each([
    ['keyword/value', `dbname=app host=${azure} port=5432 sslmode=require user=role`],
    ['a URI', `postgresql://role@${azure}:5432/app?sslmode=require`],
    ['JDBC', `jdbc:postgresql://${azure}:5432/app?sslmode=require&user=role`],
    [
      'JDBC with the plugin for Entra',
      `jdbc:postgresql://${azure}:5432/app?authenticationPluginClassName=com.azure.identity.extensions.jdbc.postgresql.AzurePostgresqlAuthenticationPlugin&sslmode=require&user=role`,
    ],
    ['ADO.NET', `Server=${azure};Database=app;Port=5432;Ssl Mode=Require;User Id=role;`],
  ])(
    'AZURE_POSTGRESQL_CONNECTIONSTRING as %s; its generated "require" does not lower verify-full',
    (_, text) => {
      const connection = resolveConnection(undefined, undefined, { AZURE_POSTGRESQL_CONNECTIONSTRING: text });
      expect(connection).toMatchObject({ ...expected, auth: 'entra' });
    },
  );

  it.each([`${azure},replica.postgres.database.azure.com`, `localhost,${azure}`])(
    'ssl=true in AZURE_POSTGRESQL_CONNECTIONSTRING verifies with several hosts as well: %s',
    (hosts) => {
      const text = `postgres://role@${hosts}/app?ssl=true`;
      const env = { AZURE_POSTGRESQL_CONNECTIONSTRING: text };
      expect(resolveConnection(undefined, undefined, env).tls.mode).toBe('verify-full');
      const single = { AZURE_POSTGRESQL_HOST: hosts, AZURE_POSTGRESQL_SSL: 'true' };
      expect(resolveConnection(undefined, undefined, single).tls.mode).toBe('verify-full');
    },
  );

  it('ADO.NET with a quoted password', () => {
    const text = `Server=${azure};User Id=role;Password="a;b""c";SSL Mode=VerifyFull`;
    const connection = resolveConnection(undefined, undefined, { AZURE_POSTGRESQL_CONNECTIONSTRING: text });
    expect(secretsOf(connection).password).toBe('a;b"c');
  });

  it('its identity also holds for a URL to the same server, and for no other', () => {
    const env = { ...common, AZURE_POSTGRESQL_CLIENTID: 'id' };
    expect(resolveConnection(`postgres://${azure.toUpperCase()}/x`, undefined, env)).toMatchObject({
      database: 'x',
      user: 'role',
      entra: { clientId: 'id' },
    });
    expect(resolveConnection('postgres://other.postgres.database.azure.com/x', undefined, env)).toMatchObject(
      {
        user: undefined,
        entra: { clientId: undefined },
      },
    );
  });

  it('what is wrong in its variables does not harm a connection to another server', () => {
    const env = { AZURE_POSTGRESQL_CONNECTIONSTRING: 'nonsense', AZURE_POSTGRESQL_HOST: 'other' };
    expect(resolveConnection('postgres://u@h', undefined, env).hosts[0]?.host).toBe('h');
    expect(() => resolveConnection(undefined, undefined, env)).toThrow(/AZURE_POSTGRESQL_CONNECTIONSTRING/);
  });
});
