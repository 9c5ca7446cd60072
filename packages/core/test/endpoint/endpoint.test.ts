import { describe, expect, it } from 'vitest';
import { endpointOf, isAzureHost, scopeOf } from '../../src/azure/endpoint.ts';
import { directPort, isPooledPort, pooledPort } from '../../src/azure/ports.ts';
import { isLoopback, isTokenHostAllowed } from '../../src/azure/token-host.ts';

const publicScope = 'https://ossrdbms-aad.database.windows.net/.default';

describe('what a host name says', () => {
  it.each([
    ['srv.postgres.database.azure.com', 'flexible-server', 'public', publicScope],
    ['SRV.Postgres.Database.Azure.COM', 'flexible-server', 'public', publicScope],
    ['srv.postgres.database.azure.com.', 'flexible-server', 'public', publicScope],
    ['n1.n2.postgres.database.azure.com', 'flexible-server', 'public', publicScope],
    ['srv.privatelink.postgres.database.azure.com', 'flexible-server', 'public', publicScope],
    ['base.writer.postgres.database.azure.com', 'flexible-server', 'public', publicScope],
    ['base.reader.postgres.database.azure.com', 'flexible-server', 'public', publicScope],
    ['srv.rs-0123456789ab.postgres.database.azure.com', 'flexible-server', 'public', publicScope],
    [
      'srv.postgres.database.usgovcloudapi.net',
      'flexible-server',
      'us-government',
      'https://ossrdbms-aad.database.usgovcloudapi.net/.default',
    ],
    [
      'srv.privatelink.postgres.database.chinacloudapi.cn',
      'flexible-server',
      'china',
      'https://ossrdbms-aad.database.chinacloudapi.cn/.default',
    ],
    [
      'c-cluster.abc123.postgres.cosmos.azure.com',
      'cosmos-cluster',
      'public',
      'https://token.postgres.cosmos.azure.com/.default',
    ],
    ['c.cluster.postgres.database.azure.com', 'flexible-server', 'public', publicScope],
    ['cluster.eastus.horizondb.azure.com', 'horizondb', 'public', publicScope],
    ['localhost', 'other', undefined, undefined],
    ['127.0.0.1', 'other', undefined, undefined],
    ['/var/run/postgresql', 'other', undefined, undefined],
  ])('%s is a %s of %s', (host, kind, cloud, scope) => {
    expect(endpointOf(host, 5432)).toEqual({ kind, cloud, pooled: false });
    expect(scopeOf(host)).toBe(scope);
  });

  it.each([
    'evil-postgres.database.azure.com',
    'xpostgres.database.azure.com',
    'postgres.database.azure.com',
    '.postgres.database.azure.com',
    'srv..postgres.database.azure.com',
    'srv.postgres.database.azure.com.attacker.net',
    'srv.postgres.database.azure.com..',
    'srv.postgres.database.azure.com@attacker.net',
    'attacker.net/srv.postgres.database.azure.com',
    'attacker.net#.postgres.database.azure.com',
    'attacker.net\\.postgres.database.azure.com',
    'attacker.net%00.postgres.database.azure.com',
    'attacker.net\0.postgres.database.azure.com',
    'srv.postgres\u3002database.azure.com',
    'attacker.net\uff0f.postgres.database.azure.com',
    'srv.postgre\u017f.database.azure.com',
    'srv.postgres.database.\u212azure.com',
    ' srv.postgres.database.azure.com',
    'srv.postgres.database.azure.com\n',
    `${'a'.repeat(300)}.postgres.database.azure.com`,
    'postgres.cosmos.azure.com',
    'azure.com',
    // Lower-cased, the Kelvin sign is a "k".
    'my\u212a.postgres.database.azure.com',
    'srv.postgres.database.usgovcloudapi.net.\u212a',
  ])('%j does not pass for a server of Azure, so that no token goes there', (host) => {
    expect(isAzureHost(host)).toBe(false);
    expect(isTokenHostAllowed({ host, hostaddr: undefined }, { entra: { allowedHosts: [] } })).toBe(false);
  });
});

describe('ports', () => {
  it.each([
    [5432, false, undefined, 6432],
    [6432, true, 5432, undefined],
    [7432, false, undefined, 8432],
    [8432, true, 7432, undefined],
    [5433, false, undefined, undefined],
  ])('%i: pooled %s, direct twin %s, pooled twin %s', (port, pooled, direct, twin) => {
    expect(isPooledPort(port)).toBe(pooled);
    expect(directPort(port)).toBe(direct);
    expect(pooledPort(port)).toBe(twin);
    expect(endpointOf('srv.postgres.database.azure.com', port).pooled).toBe(pooled);
    expect(endpointOf('db.example.org', port).pooled).toBe(false);
  });
});

describe('where an Entra token may go', () => {
  const allowed = (host: string, allowedHosts: string[] = [], hostaddr?: string): boolean =>
    isTokenHostAllowed({ host, hostaddr }, { entra: { allowedHosts } });

  it.each([
    'localhost',
    'LOCALHOST.',
    '127.0.0.1',
    '127.1.2.3',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    '/tmp',
    '@abstract',
  ])('to this machine as %s', (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(allowed(host)).toBe(true);
  });

  it.each([
    '128.0.0.1',
    '10.0.0.1',
    '::2',
    'localhost.example.org',
    'mylocalhost',
    '127.0.0.1.example.org',
    '0.0.0.0',
    '127.1',
  ])('not to %s', (host) => {
    expect(allowed(host)).toBe(false);
  });

  it('not to another machine that is called localhost by hostaddr', () => {
    expect(allowed('localhost', [], '203.0.113.7')).toBe(false);
    expect(allowed('localhost', [], '127.0.0.1')).toBe(true);
  });

  it('to the name of an Azure server behind a given address: its certificate decides', () => {
    expect(allowed('srv.postgres.database.azure.com', [], '10.1.2.3')).toBe(true);
  });

  it.each([
    ['db.example.org', 'db.example.org', true],
    ['DB.example.org.', 'db.EXAMPLE.org', true],
    ['db.example.org', 'xdb.example.org', false],
    ['.example.org', 'db.example.org', true],
    ['.example.org', 'a.b.example.org', true],
    ['.example.org', 'example.org', false],
    ['.example.org', '.example.org', false],
    ['.example.org', 'badexample.org', false],
    ['.example.org', 'db.example.org.attacker.net', false],
    ['10.0.0.5', '10.0.0.5', true],
  ])('allowed_hosts=%s and host %s: %s', (pattern, host, expected) => {
    expect(allowed(host, [pattern])).toBe(expected);
  });
});
