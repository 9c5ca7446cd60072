import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AzurePgError, type ConnectionOptions, resolveConnection } from '../src/index.ts';

const azure = 'srv.postgres.database.azure.com';

/** What was refused; anything but an AzurePgError fails the test. */
function refusal(resolve: () => unknown): AzurePgError {
  try {
    resolve();
  } catch (error) {
    if (error instanceof AzurePgError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('options that hold nothing which can be seen do not mean "connect to localhost"', () => {
  class Inherited {
    get host(): string {
      return 'db';
    }
  }
  it.each<[what: string, options: object]>([
    ['a URL object', new URL('postgres://ada:CANARY@db/app')],
    ['a Map', new Map([['host', 'db']])],
    ['inherited options', Object.create({ host: 'db' })],
    ['a class with getters', new Inherited()],
  ])('%s', (_, options) => {
    const error = refusal(() => resolveConnection(options as ConnectionOptions, {}, {}));
    expect(error).toMatchObject({ code: 'INVALID_SETTING', message: /own properties/ });
    expect(refusal(() => resolveConnection('host=h', options as ConnectionOptions, {})).message).toMatch(
      /own properties/,
    );
  });

  it('an object without a prototype is as good as any', () => {
    const options = Object.assign(Object.create(null), { host: 'db' });
    expect(resolveConnection(options, {}, {}).hosts[0]?.host).toBe('db');
    expect(() => resolveConnection(Object.create(null), {}, {})).not.toThrow();
  });
});

describe('what throws when it is read is an AzurePgError for code that catches those', () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  it.each<[what: string, options: object]>([
    ['a getter', Object.defineProperty({}, 'host', { get: boom, enumerable: true })],
    ['a proxy', new Proxy({}, { ownKeys: boom })],
    ['a revoked proxy', revoked.proxy],
    ['a list', { host: new Proxy(['a'], { get: boom }) }],
    ['a credential', { host: 'h', credential: Object.defineProperty({}, 'getToken', { get: boom }) }],
  ])('%s', (_, options) => {
    expect(refusal(() => resolveConnection(options as ConnectionOptions, {}, {})).code).toBe(
      'INVALID_SETTING',
    );
  });

  it.each<[what: string, env: unknown, message: RegExp]>([
    ['a number', { PGCONNECT_TIMEOUT: 5 }, /PGCONNECT_TIMEOUT/],
    ['an object', { AZURE_POSTGRESQL_HOST: {} }, /AZURE_POSTGRESQL_HOST/],
    ['a getter', Object.defineProperty({}, 'PGHOST', { get: boom }), /environment/],
    ['null', null, /environment/],
  ])('in the environment: %s', (_, env, message) => {
    const error = refusal(() => resolveConnection('host=h user=u', {}, env as NodeJS.ProcessEnv));
    expect(error).toMatchObject({ code: 'INVALID_SETTING', message });
  });

  it('server options longer than the server reads', () => {
    const options = { host: 'h', user: 'u', pool_mode: 'transaction' } as const;
    const long = `-c timezone=${'x'.repeat(30_000_000)}`;
    expect(refusal(() => resolveConnection({ ...options, options: long }, {}, {})).message).toMatch(
      /options .*10000 bytes/,
    );
    expect(refusal(() => resolveConnection({ ...options, application_name: long }, {}, {})).message).toMatch(
      /application_name/,
    );
  });
});

describe('the environment', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'azure-pg-hostile-'));
    file = join(folder, 'services');
    writeFileSync(file, '[prod]\nhost=prod.example\nuser=service\ndbname=service\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('a service that DATABASE_URL names is looked up, not left out', () => {
    const env = { DATABASE_URL: 'postgres:///app?service=prod', PGSERVICEFILE: file, PGUSER: 'env' };
    const connection = resolveConnection(undefined, {}, env);
    expect(connection).toMatchObject({ hosts: [{ host: 'prod.example' }], user: 'service', database: 'app' });
    const error = refusal(() => resolveConnection(undefined, {}, { ...env, DATABASE_URL: 'service=none' }));
    expect(error.message).toMatch(/no such service/);
  });

  it('is read once: a twin is the same whatever became of it', () => {
    const env: NodeJS.ProcessEnv = { HOME: folder };
    const connection = resolveConnection(`host=${azure} password=p user=u`, {}, env);
    const token = resolveConnection(`host=${azure}`, {}, env);
    env.HOME = '/elsewhere';
    env.AZURE_AUTHORITY_HOST = 'https://login.microsoftonline.us';
    expect(connection.pooled().passfile).toBe(connection.passfile);
    expect(token.pooled().entra).toEqual(token.entra);
  });

  it('AZURE_POSTGRESQL_SSL that is neither true nor false is not left out', () => {
    const env = { AZURE_POSTGRESQL_HOST: 'db', AZURE_POSTGRESQL_USER: 'u' };
    const ssl = (value: string) => () =>
      resolveConnection(undefined, {}, { ...env, AZURE_POSTGRESQL_SSL: value });
    expect(refusal(ssl('on, please')).message).toMatch(/AZURE_POSTGRESQL_SSL.*true or false/);
    expect(refusal(ssl('@Microsoft.KeyVault(x)')).message).toMatch(/Key Vault.*AZURE_POSTGRESQL_SSL/);
    expect(ssl('TRUE')().tls.mode).toBe('require');
  });

  it('Service Connector’s name of the database for Django', () => {
    const env = { AZURE_POSTGRESQL_HOST: azure, AZURE_POSTGRESQL_USER: 'u', AZURE_POSTGRESQL_NAME: 'app' };
    expect(resolveConnection(undefined, {}, env).database).toBe('app');
  });

  it.each(['PGTZ', 'PGDATESTYLE', 'PGGEQO'])('%s is judged like any other, also with own options', (name) => {
    for (const text of ['host=h user=u', "host=h user=u options='-c x=1'"]) {
      const reference = { [name]: '@Microsoft.KeyVault(x)' };
      expect(refusal(() => resolveConnection(text, {}, reference)).message).toContain(name);
      expect(refusal(() => resolveConnection(text, {}, { [name]: 'a\0b' })).message).toContain(name);
    }
  });
});

describe('twins of several hosts', () => {
  it('direct() never leads through a pooler, and pooled() never past it', () => {
    const mixed = resolveConnection(`postgres://u@a.${azure}:5432,b.${azure}:6432/app`, {}, {});
    const ports = (connection: typeof mixed): number[] => connection.hosts.map(({ port }) => port);
    expect(ports(mixed.pooled().direct())).toEqual([5432, 5432]);
    expect(ports(mixed.direct().pooled())).toEqual([6432, 6432]);
    expect(mixed.pooled().direct().pooling.poolMode).toBe('none');
    expect(ports(mixed.pooled().direct().pooled().direct())).toEqual([5432, 5432]);
  });
});
