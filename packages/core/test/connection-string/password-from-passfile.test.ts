import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findPassword, passwordFromPassfile } from '../../src/credentials/password-from-passfile.ts';
import { resolveConnection } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'azure-pg-passfile-'));
afterAll(() => rmSync(folder, { recursive: true }));

function passfile(text: string, mode: number = 0o600): string {
  const file = join(folder, `pgpass-${Math.random().toString(36).slice(2)}`);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe('a password file is read as libpq reads it', () => {
  it.each<[line: string, password: string | undefined]>([
    ['db:5432:app:ada:secret', 'secret'],
    ['db:5432:app:ada:secret\r', 'secret'],
    ['*:*:*:*:secret', 'secret'],
    ['*:5432:*:ada:secret', 'secret'],
    ['db:5432:app:ada:', ''],
    ['db:5432:app:ada:a\\:b\\\\c', 'a:b\\c'],
    ['db:5432:app:ada:a:b', 'a'],
    ['db:5432:app:ada:a\\', 'a\\'],
    ['db:5432:app:ada', undefined],
    ['#db:5432:app:ada:secret', undefined],
    ['other:5432:app:ada:secret', undefined],
    ['db2:5432:app:ada:secret', undefined],
    ['d:5432:app:ada:secret', undefined],
    ['db:5433:app:ada:secret', undefined],
    ['db:5432:app2:ada:secret', undefined],
    ['db:5432:app:Ada:secret', undefined],
    ['DB:5432:app:ada:secret', undefined],
    ['**:5432:app:ada:secret', undefined],
    [' db:5432:app:ada:secret', undefined],
    ['', undefined],
    ['db', undefined],
    ['\n\n#x\nother:1:a:b:c\ndb:5432:app:ada:first\ndb:5432:app:ada:second', 'first'],
  ])('%j', (text, password) => {
    expect(findPassword(text, ['db', '5432', 'app', 'ada'])).toBe(password);
  });

  it('an escaped colon or backslash in a field stands for itself', () => {
    expect(findPassword('\\:\\:1:5432:app:dom\\\\ada:s', ['::1', '5432', 'app', 'dom\\ada'])).toBe('s');
  });
});

describe('at sign-in', () => {
  const ask = async (file: string, url = 'postgres://ada@db/app'): Promise<string | undefined> => {
    const connection = resolveConnection(url, { passfile: file }, {});
    return passwordFromPassfile(connection, connection.hosts.at(-1) as (typeof connection.hosts)[number]);
  };

  it('each host of a list gets its own password', async () => {
    const file = passfile('db1:5432:app:ada:one\ndb2:5433:app:ada:two\n');
    expect(await ask(file, 'postgres://ada@db1/app')).toBe('one');
    expect(await ask(file, 'postgres://ada@db1:5432,db2:5433/app')).toBe('two');
  });

  it('the database is the user where none is named, and a usual socket folder is localhost', async () => {
    const file = passfile('localhost:5432:ada:ada:secret');
    expect(await ask(file, 'postgres://ada@%2Fvar%2Frun%2Fpostgresql')).toBe('secret');
    expect(await ask(file, 'postgres://ada@%2Fsomewhere')).toBe(undefined);
  });

  it('a file that changes is read again, so that a rotated password recovers', async () => {
    const file = passfile('*:*:*:*:old');
    expect(await ask(file)).toBe('old');
    writeFileSync(file, '*:*:*:*:new');
    expect(await ask(file)).toBe('new');
  });

  it('a missing file, a folder and an empty file give nothing', async () => {
    const inTheWay = join(folder, 'folder');
    mkdirSync(inTheWay, { mode: 0o700 });
    expect(await ask(join(folder, 'missing'))).toBe(undefined);
    expect(await ask(inTheWay)).toBe(undefined);
    expect(await ask(passfile(''))).toBe(undefined);
  });

  it.skipIf(process.platform === 'win32')(
    'a file that others may read is ignored, with one warning',
    async () => {
      const file = passfile('*:*:*:*:CANARY', 0o640);
      const warnings: string[] = [];
      const connection = resolveConnection(
        'postgres://ada@db/app',
        { passfile: file, logger: { warn: (message) => warnings.push(message) } },
        {},
      );
      for (let time = 0; time < 3; time++) {
        expect(
          await passwordFromPassfile(connection, connection.hosts[0] as (typeof connection.hosts)[number]),
        ).toBe(undefined);
      }
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(file);
      expect(warnings[0]).not.toContain('CANARY');
    },
  );
});

describe('where the file is', () => {
  it('passfile beats PGPASSFILE beats the one in HOME', () => {
    const env = { HOME: '/home/ada', PGPASSFILE: '/etc/pass' };
    expect(resolveConnection('postgres://ada@db', { passfile: '/x' }, env).passfile).toBe('/x');
    expect(resolveConnection('postgres://ada@db', {}, env).passfile).toBe('/etc/pass');
    expect(resolveConnection('postgres://ada@db', {}, { HOME: '/home/ada' }).passfile).toMatch(/pgpass/);
  });

  it('an Entra sign-in never looks for one', () => {
    expect(
      resolveConnection('postgres://ada@s.postgres.database.azure.com/app', {}, { HOME: '/h' }).passfile,
    ).toBe(undefined);
  });
});
