import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AzurePgError, resolveConnection } from '../../src/index.ts';
import { parseService } from '../../src/settings/gather/service-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'azure-pg-service-'));
afterAll(() => rmSync(folder, { recursive: true }));
const home = join(folder, 'home');
const system = join(folder, 'etc');
mkdirSync(home);
mkdirSync(system);
const named = join(folder, 'services');
writeFileSync(
  named,
  '# mine\n[other]\nhost=other\n[app]\nhost=db.example.org\nport=5433\ndbname=app\nuser=ada\npassword=CANARY\npool_mode=session\n[last]\nhost=last\n',
);
writeFileSync(join(home, '.pg_service.conf'), '[own]\nhost=own.example.org\n');
writeFileSync(join(system, 'pg_service.conf'), '[shared]\nhost=shared.example.org\n');

describe('the service file', () => {
  it('gives what the string does not say, and says so', () => {
    const connection = resolveConnection(
      'postgres:///shop?service=app',
      {},
      { PGSERVICEFILE: named, PGUSER: 'eve' },
    );
    expect(connection.hosts).toEqual([{ host: 'db.example.org', hostaddr: undefined, port: 5433 }]);
    expect(connection).toMatchObject({ database: 'shop', user: 'ada', pooling: { poolMode: 'session' } });
    expect(['host', 'dbname', 'user'].map((name) => connection.sourceOf(name))).toEqual([
      'service file',
      'connection string',
      'service file',
    ]);
  });

  it('is found through service=, PGSERVICE, PGSERVICEFILE, servicefile=, HOME and PGSYSCONFDIR', () => {
    const host = (options: object, env: NodeJS.ProcessEnv): string | undefined =>
      resolveConnection(options, undefined, { HOME: home, PGSYSCONFDIR: system, ...env }).hosts[0]?.host;
    expect(host({}, { PGSERVICE: 'app', PGSERVICEFILE: named })).toBe('db.example.org');
    expect(host({ service: 'last' }, { PGSERVICE: 'app', PGSERVICEFILE: named })).toBe('last');
    expect(host({ service: 'own' }, {})).toBe('own.example.org');
    expect(host({ service: 'shared' }, {})).toBe('shared.example.org');
    expect(host({ service: 'shared' }, { PGSERVICEFILE: named })).toBe('shared.example.org');
    expect(host({ service: 'app', servicefile: named }, { PGSERVICEFILE: '/missing' })).toBe(
      'db.example.org',
    );
  });

  it('a service keeps DATABASE_URL out', () => {
    const env = { PGSERVICE: 'own', HOME: home, DATABASE_URL: 'postgres://wrong/db' };
    expect(resolveConnection(undefined, undefined, env).hosts[0]?.host).toBe('own.example.org');
  });

  it.each([
    ['a missing service', { service: 'nobody' }, /no such service/],
    ['a device', { service: 'app', servicefile: '/dev/zero' }, /\/dev\/zero cannot be read/],
    ['a missing file', { service: 'app', servicefile: '/missing/file' }, /\/missing\/file cannot be read/],
  ])('%s is an error', (_, options, message) => {
    expect(() => resolveConnection(options, undefined, { HOME: home, PGSYSCONFDIR: system })).toThrow(
      message,
    );
  });

  it.each([
    ['[a]\nhost', /line 2: there is no "="/],
    ['[a]\nhost =x', /line 2: unknown setting/],
    ['[a]\nhots=x', /line 2: unknown setting/],
    ['[a]\nservice=b', /line 2: "service" cannot/],
    ['[a]\nldap://x', /line 2: looking a service up with LDAP/],
  ])('%j is refused with its line', (text, message) => {
    expect(() => parseService(text, 'f', 'a')).toThrow(message);
    expect(() => parseService(text, 'f', 'a')).toThrow(AzurePgError);
    expect(parseService(text, 'f', 'b')).toBe(undefined);
  });

  it.each<[string, [string, string][] | undefined]>([
    ['[a]\nhost=x\nhost=y', [['host', 'x']]],
    ['  [a]  \n\t host=x \r\n', [['host', 'x']]],
    ['[a]\napplication_name= x = y', [['application_name', ' x = y']]],
    ['[ab]\nhost=x', undefined],
    ['[a]\n[b]\nhost=x', []],
    ['host=x\n[a]\nport=1', [['port', '1']]],
    ['#[a]\n[a]\n#host=y\nhost=', [['host', '']]],
  ])('%j', (text, expected) => {
    expect(parseService(text, 'f', 'a')).toEqual(expected);
  });
});
