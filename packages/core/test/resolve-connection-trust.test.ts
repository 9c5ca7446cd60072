import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type AzureConnection, type ConnectionOptions, resolveConnection } from '../src/index.ts';

const azure = 'srv.postgres.database.azure.com';
const folder = mkdtempSync(join(tmpdir(), 'azure-pg-services-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Door = (host: string, name: string, value: string, options?: ConnectionOptions) => AzureConnection;

/** Every way in which a text comes in. */
const texts: Record<string, Door> = {
  'a URL': (host, name, value, options) =>
    resolveConnection(`postgres://u@${host}/d?${name}=${encodeURIComponent(value)}`, options, {}),
  'keyword/value pairs': (host, name, value, options) =>
    resolveConnection(`host=${host} user=u ${name}='${value}'`, options, {}),
  'the option connectionString': (host, name, value, options) =>
    resolveConnection({ connectionString: `host=${host} user=u ${name}='${value}'` }, options, {}),
  DATABASE_URL: (host, name, value, options) =>
    resolveConnection(undefined, options, {
      DATABASE_URL: `postgres://u@${host}/d?${name}=${encodeURIComponent(value)}`,
    }),
  'Service Connector’s connection string': (host, name, value, options) =>
    resolveConnection(undefined, options, {
      AZURE_POSTGRESQL_CONNECTIONSTRING: `host=${host} user=u ${name}='${value}'`,
    }),
  'a service file': (host, name, value, options) => {
    const servicefile = join(folder, 'services');
    writeFileSync(servicefile, `[app]\nhost=${host}\nuser=u\n${name}=${value}\n`);
    return resolveConnection({ service: 'app', servicefile }, options, {});
  },
};
const widening: readonly (readonly [name: string, value: string, variable: string])[] = [
  ['allowed_hosts', 'evil.example', 'AZURE_PG_ALLOWED_HOSTS'],
  ['authority_host', 'https://login.evil.example', 'AZURE_AUTHORITY_HOST'],
  ['scope', 'https://management.azure.com/.default', 'AZURE_PG_SCOPE'],
  ['scope', 'https://vault.azure.net/.default', 'AZURE_PG_SCOPE'],
  ['management_scope', 'https://graph.microsoft.com/.default', 'AZURE_PG_MANAGEMENT_SCOPE'],
];
const ownRoots = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const dataOf = (connection: AzureConnection): unknown => connection.entra;

describe.each(Object.entries(texts))('%s does not decide to whom secrets go', (_, door) => {
  it.each(widening)('%s=%s is refused, and what to do is said', (name, value, variable) => {
    expect(() => door(azure, name, value)).toThrow(
      expect.objectContaining({
        code: 'INVALID_SETTING',
        message: expect.stringContaining(`Invalid ${name} (from `),
        hint: expect.stringContaining(variable),
      }),
    );
  });

  it.each(widening)('%s=%s is taken where the program trusts the text', (name, value) => {
    const trusted = dataOf(door(azure, name, value, { trustConnectionString: true }));
    expect(trusted).toEqual(dataOf(resolveConnection(`postgres://u@${azure}/d`, { [name]: value }, {})));
  });

  it.each([
    ['authority_host', 'https://login.microsoftonline.com'],
    ['authority_host', 'https://login.microsoftonline.us/'],
    ['scope', 'https://ossrdbms-aad.database.windows.net/.default'],
    ['scope', 'https://token.postgres.cosmos.azure.com/.default'],
    ['management_scope', 'off'],
    ['allowed_hosts', ''],
    ['client_id', 'any'],
  ])('%s=%s, which goes to Azure and nobody else, is taken', (name, value) => {
    expect(() => door(azure, name, value)).not.toThrow();
  });
});

it.each(widening)('%s=%s is taken from code and from its variable', (name, value, variable) => {
  const url = `postgres://u@${azure}/d`;
  const fromCode = dataOf(resolveConnection(url, { [name]: value }, {}));
  expect(dataOf(resolveConnection(url, {}, { [variable]: value }))).toEqual(fromCode);
  expect(fromCode).not.toEqual(dataOf(resolveConnection(url, {}, {})));
});

it('a stronger layer does not make a text’s word count', () => {
  const url = `postgres://u@${azure}/d?allowed_hosts=evil.example`;
  expect(resolveConnection(url, { allowedHosts: 'db.example.org' }, {}).entra.allowedHosts).toEqual([
    'db.example.org',
  ]);
});

describe('the address of a host that gets a token', () => {
  const elsewhere = '192.0.2.6';
  const pem = encodeURIComponent(ownRoots);

  it.each(Object.entries(texts))('%s does not give it where it may be anyone’s', (_, door) => {
    const refused = expect.objectContaining({
      code: 'INVALID_SETTING',
      message: expect.stringContaining('Invalid hostaddr (from '),
      hint: expect.stringContaining('PGHOSTADDR'),
    });
    for (const sslmode of ['allow', 'prefer', 'require', 'verify-ca'] as const) {
      expect(() => door(azure, 'hostaddr', elsewhere, { sslmode })).toThrow(refused);
      door(azure, 'hostaddr', elsewhere, { sslmode, trustConnectionString: true });
      door(azure, 'hostaddr', elsewhere, { sslmode, password: 'p' });
      door(azure, 'hostaddr', '127.0.0.1', { sslmode });
    }
    door(azure, 'hostaddr', elsewhere);
    door(azure, 'hostaddr', elsewhere, { sslmode: 'verify-full', sslrootcert: ownRoots });
  });

  it.each([`sslrootcert=${pem}`, `sslrootcert=${pem}&sslmode=verify-full`, 'sslrootcert=/tmp/roots.pem'])(
    'nor with roots that the text brings along: %s',
    (roots) => {
      const url = `postgres://u@${azure}/d?hostaddr=${elsewhere}&${roots}`;
      expect(() => resolveConnection(url, {}, {})).toThrow('Invalid hostaddr');
      expect(() => resolveConnection(url, { hostaddr: elsewhere }, {})).not.toThrow();
    },
  );

  it('is taken from code and from its variable', () => {
    const url = `postgres://u@${azure}/d?sslmode=require`;
    expect(resolveConnection(url, { hostaddr: elsewhere }, {}).hosts[0]?.hostaddr).toBe(elsewhere);
    expect(resolveConnection(url, {}, { PGHOSTADDR: elsewhere }).hosts[0]?.hostaddr).toBe(elsewhere);
  });
});

describe('ssl=true', () => {
  const mode = (url: string, env: NodeJS.ProcessEnv = {}): string =>
    resolveConnection(url, undefined, env).tls.mode;

  it.each([
    ['an Azure host', `postgres://u@${azure}/d?ssl=true`, 'verify-full'],
    ['another host', 'postgres://u@db.example.org/d?ssl=true', 'require'],
    ['an Azure host, and then a mode', `postgres://u@${azure}/d?ssl=true&sslmode=require`, 'require'],
    ['an Azure host, after a mode', `postgres://u@${azure}/d?sslmode=require&ssl=true`, 'verify-full'],
    ['a mode alone', `postgres://u@${azure}/d?sslmode=require`, 'require'],
  ])('%s: %s means %s', (_, url, expected) => {
    expect(mode(url)).toBe(expected);
    expect(resolveConnection(undefined, undefined, { DATABASE_URL: url }).tls.mode).toBe(expected);
  });

  it('is not the user’s own word for a mode', () => {
    const connection = resolveConnection(`postgres://u@${azure}/d?ssl=true`, undefined, {});
    expect(connection.sourceOf('sslmode')).toBe('derived');
  });
});

describe('a password from Key Vault', () => {
  const vault = 'keyvault:https://v.vault.azure.net/secrets/s';
  it.each([
    ['db.example.org', 'verify-full'],
    [azure, 'verify-full'],
    ['localhost', 'prefer'],
    ['127.0.0.1', 'prefer'],
  ])('goes to %s with %s', (host, expected) => {
    const url = `postgres://u@${host}/d?password=${encodeURIComponent(vault)}`;
    expect(resolveConnection(url, undefined, {}).tls.mode).toBe(expected);
  });
});
