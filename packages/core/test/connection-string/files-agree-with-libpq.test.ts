import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { passwordFromPassfile } from '../../src/credentials/password-from-passfile.ts';
import { resolveConnection } from '../../src/index.ts';
import { parseService } from '../../src/settings/gather/service-file.ts';
import { seededRandom } from './generated-strings.ts';
import { loadLibpq } from './real-libpq.ts';

const libpq = loadLibpq();
const folder = mkdtempSync(join(tmpdir(), 'azure-pg-files-'));
const file = join(folder, 'file');
afterAll(() => rmSync(folder, { recursive: true }));

const random = seededRandom(7);
const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
const some = (most: number, make: () => string): string =>
  Array.from({ length: Math.floor(random() * (most + 1)) }, make).join('');

// libpq is only asked to begin: the address is this machine's, where nothing listens on this port.
const nowhere = { hostaddr: '127.0.0.1', port: '1' };

describe.skipIf(libpq === undefined)('files and values are read as the real libpq reads them', () => {
  it('2,000 generated password files give the password that libpq would send', async () => {
    const fields = ['db', '1', 'app', 'ada', 'a:b', 'c\\d', 'é', '*'];
    const written = (field: string): string =>
      random() < 0.9
        ? field.replace(/[:\\]/g, '\\$&')
        : one([field, `${field}x`, field.slice(1), `\\${field}`]);
    const password = (): string => some(4, () => one(['p', 'é', '\\:', '\\\\', '\\', ':', ' ', '*', '#']));
    const line = (names: readonly string[]): string =>
      one([
        () =>
          `${names.map((name) => (random() < 0.3 ? '*' : random() < 0.8 ? written(name) : one(fields))).join(':')}:${password()}`,
        () => `#${names.join(':')}:p`,
        () => some(6, () => one([':', '\\', '*', 'db', '1'])),
      ])();
    let found = 0;
    for (let index = 0; index < 2000; index++) {
      const names = [
        one(['db', 'a:b', 'é']),
        '1',
        one(['app', 'c\\d', 'a:b']),
        one(['ada', 'é', 'a:b']),
      ] as const;
      const text = Array.from({ length: 3 }, () => line(names)).join(one(['\n', '\r\n'])) + one(['', '\n']);
      writeFileSync(file, text, { mode: 0o600 });
      const [host, port, database, user] = names;
      const theirs = libpq?.start({ ...nowhere, host, dbname: database, user, passfile: file }).password;
      const ours = await passwordFromPassfile(
        { passfile: file, user, database, logger: undefined },
        { host, hostaddr: '127.0.0.1', port: Number(port) },
      );
      expect(ours ?? '', JSON.stringify({ text, names })).toBe(theirs);
      if (ours) found++;
    }
    expect(found).toBeGreaterThan(200);
  });

  it('1,000 generated service files give the settings that libpq takes', () => {
    const line = (): string =>
      one([
        () => '[app]',
        () => `[${one(['app', 'ap', 'apps', 'other'])}]${one(['', ' ', 'x'])}`,
        () =>
          `${one(['', ' ', '\t'])}${one(['user', 'dbname', 'application_name'])}=${some(3, () => one(['x', ' ', '=', '#', '\\', "'", 'é']))}`,
        () => `${one(['user', 'dbname'])}=${one(['ada', 'eve'])}`,
        () => one(['#user=x', '', ' ', 'user', 'user =x', 'usr=x', 'service=x', '=']),
      ])();
    const before = process.env.PGSERVICEFILE;
    let taken = 0;
    try {
      process.env.PGSERVICEFILE = file;
      for (let index = 0; index < 1000; index++) {
        const text = Array.from({ length: 6 }, line).join(one(['\n', '\r\n']));
        writeFileSync(file, text);
        const theirs = libpq?.start({ ...nowhere, host: 'db', service: 'app', sslmode: 'disable' });
        let ours: [string, string][] | undefined;
        try {
          ours = parseService(text, 'file', 'app');
        } catch {
          ours = undefined;
        }
        const context = JSON.stringify(text);
        // libpq gives up before it looks at any setting: then there is not even the host.
        const accepted = theirs?.settings.host === 'db';
        expect(ours !== undefined, context).toBe(accepted);
        if (ours === undefined) continue;
        taken++;
        for (const [name, value] of ours)
          if (value !== '') expect(theirs?.settings[name], context).toBe(value);
      }
    } finally {
      if (before === undefined) delete process.env.PGSERVICEFILE;
      else process.env.PGSERVICEFILE = before;
    }
    expect(taken).toBeGreaterThan(100);
  });

  it('libpq and we agree which settings are possible', () => {
    const texts = [
      ...['', '0', '1', '65535', '65536', '-1', ' 5432 ', '1x', '+1', '0x10', '1.5'].map((port) => ({
        port,
      })),
      ...['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', '', 'Require', 'no'].map(
        (sslmode) => ({ sslmode }),
      ),
      ...['postgres', 'direct', ''].map((sslnegotiation) => ({ sslnegotiation, sslmode: 'require' })),
      { sslnegotiation: 'direct', sslmode: 'prefer' },
      { sslrootcert: 'system', sslmode: 'require' },
      { sslrootcert: 'system', sslmode: 'verify-full' },
      ...['disable', 'allow', 'require', 'x'].map((sslcertmode) => ({ sslcertmode })),
      ...['TLSv1', 'tlsv1.3', 'TLSv1.2', '', 'SSLv3', '1.2'].map((ssl_min_protocol_version) => ({
        ssl_min_protocol_version,
      })),
      { ssl_min_protocol_version: 'TLSv1.3', ssl_max_protocol_version: 'TLSv1.2' },
      { ssl_min_protocol_version: 'TLSv1.2', ssl_max_protocol_version: 'TLSv1.2' },
      ...['disable', 'prefer', 'require', 'x', ''].map((channel_binding) => ({ channel_binding })),
      ...['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby', 'master', ''].map(
        (target_session_attrs) => ({ target_session_attrs }),
      ),
      ...['random', 'disable', 'x', ''].map((load_balance_hosts) => ({ load_balance_hosts })),
      ...[
        'password',
        'md5,scram-sha-256',
        '!md5',
        '!md5,!password',
        'md5,!password',
        'md5,md5',
        'none',
        '!none',
        'x',
        '',
        'password,none',
      ].map((require_auth) => ({ require_auth })),
      ...['disable', 'prefer', 'x', ''].map((gssencmode) => ({ gssencmode })),
      ...['3.0', 'latest', 'x', '2.0'].map((max_protocol_version) => ({ max_protocol_version })),
      ...['3.0', 'x'].map((min_protocol_version) => ({ min_protocol_version })),
    ] as Record<string, string>[];
    const disagreements = texts.filter((settings) => {
      const text = Object.entries({ host: 'localhost', ...nowhere, user: 'u', ...settings })
        .map(([name, value]) => `${name}='${value}'`)
        .join(' ');
      const theirs = libpq?.start({ dbname: text });
      // A port where nothing listens fails too, but later: only its message says so.
      const refused = theirs?.failed === true && !/onnection refused|failed: /.test(theirs.error);
      let ours = false;
      try {
        resolveConnection(text, undefined, {});
      } catch {
        ours = true;
      }
      return ours !== refused;
    });
    expect(disagreements).toEqual([]);
  });
});
