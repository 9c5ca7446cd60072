import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

// What others could have put into the cache would be run. Every test has a folder of its own; what is planted is never given.

const base = mkdtempSync(join(tmpdir(), 'azpg-cache-'));
chmodSync(base, 0o755);
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;
let own: string;
beforeEach(() => {
  own = join(base, String(count++));
  mkdirSync(own, { mode: 0o755 });
});

interface Answer {
  readonly path?: string;
  readonly code?: string;
  readonly message?: string;
}

const program = fileURLToPath(new URL('programs/fill-cache.ts', import.meta.url));
const root = process.getuid?.() === 0;

function ask(env: Record<string, string>, uid?: number): Promise<Answer> {
  const args = ['--no-warnings', program];
  const options = {
    env: { PATH: process.env.PATH, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, out) =>
      error === null ? resolve(JSON.parse(out) as Answer) : reject(error),
    );
  });
}

const inFolder = (folder: string, env: Record<string, string> = {}): Promise<Answer> =>
  ask({ ...env, AZURE_PG_EMULATOR_CACHE: folder });

/** A folder with an entry that somebody else may have made. */
function planted(mode: number): string {
  const cache = join(own, 'cache');
  mkdirSync(join(cache, 'entry', 'bin'), { recursive: true });
  writeFileSync(join(cache, 'entry', 'bin', 'program'), 'theirs');
  for (const name of ['entry', 'entry/bin', 'entry/bin/program']) chmodSync(join(cache, name), 0o755);
  chmodSync(cache, mode);
  return cache;
}

const unusable = (where: string) => ({ code: 'CACHE_UNUSABLE', message: expect.stringContaining(where) });

describe('a cache that others may write to', () => {
  test.each(['0777', '0775', '1777'])('is not used, nor closed and then used: mode %s', async (text) => {
    const mode = Number.parseInt(text, 8);
    const cache = planted(mode);
    expect(await inFolder(cache)).toEqual(unusable(cache));
    expect((await inFolder(cache)).message).toMatch(/Delete .*AZURE_PG_EMULATOR_CACHE/);
    expect(lstatSync(cache).mode & 0o7777).toBe(mode);
  });

  test('is not used for a folder above it', async () => {
    chmodSync(own, 0o777);
    expect(await inFolder(join(own, 'new', 'cache'))).toEqual(unusable(own));
    // Nobody can touch what is ours there.
    chmodSync(own, 0o1777);
    expect(await inFolder(join(own, 'other', 'cache'))).toEqual({
      path: join(own, 'other', 'cache', 'entry'),
    });
  });

  test('is not used for what is above the target of a link', async () => {
    const open = join(own, 'open');
    mkdirSync(join(open, 'target'), { recursive: true });
    chmodSync(open, 0o777);
    symlinkSync('open/target', join(own, 'link'));
    expect(await inFolder(join(own, 'link', 'cache'))).toEqual(unusable(open));
  });

  test.runIf(root)('or that is theirs is not used', async () => {
    const cache = planted(0o755);
    chownSync(cache, 12_345, 12_345);
    expect(await inFolder(cache)).toEqual(unusable('another user (12345)'));
  });
});

describe('a cache that others could once write to', () => {
  test.each(['entry', 'entry/bin', 'entry/bin/program'])('is not used: %s still can be', async (name) => {
    const cache = planted(0o755);
    chmodSync(join(cache, name), 0o777);
    expect(await inFolder(cache)).toEqual(unusable(join(cache, name)));
    expect((await inFolder(cache)).message).toContain(`Delete ${join(cache, 'entry')}`);
  });

  test.runIf(root)('is not used: something in it is theirs', async () => {
    const cache = planted(0o755);
    chownSync(join(cache, 'entry', 'bin', 'program'), 12_345, 12_345);
    expect(await inFolder(cache)).toEqual(unusable('another user (12345)'));
  });
});

describe('a cache of our own', () => {
  test('is made, and closed whatever the umask', async () => {
    const cache = join(own, 'new', 'cache');
    const entry = join(cache, 'entry');
    expect(await inFolder(cache, { UMASK: '000' })).toEqual({ path: entry });
    for (const path of [cache, entry, join(entry, 'bin'), join(entry, 'bin', 'program')])
      expect(lstatSync(path).mode & 0o022, path).toBe(0);
    expect(lstatSync(join(entry, 'bin', 'program')).mode & 0o777).toBe(0o755);
    // And used.
    writeFileSync(join(entry, 'bin', 'program'), 'known');
    expect(await inFolder(cache)).toEqual({ path: entry });
    expect(readFileSync(join(entry, 'bin', 'program'), 'utf8')).toBe('known');
  });

  /** Root's own folders are often closed to the account that is tried here. */
  const nobodyCanRun = (): boolean => {
    try {
      execFileSync(process.execPath, ['--no-warnings', program], {
        uid: 65_534,
        gid: 65_534,
        env: { AZURE_PG_EMULATOR_CACHE: '/dev/null', PATH: process.env.PATH },
        stdio: 'ignore',
      });
      return true;
    } catch {
      return false;
    }
  };

  test.runIf(!root || nobodyCanRun())('is in a fresh HOME, for who is not root', async () => {
    if (root) chownSync(own, 65_534, 65_534);
    const { path } = await ask({ HOME: own }, root ? 65_534 : undefined);
    expect(path).toMatch(/^.*\/(?:\.cache|Library\/Caches)\/azure-pg-emulator\/entry$/);
    expect(String(path).startsWith(own)).toBe(true);
  });

  test.runIf(!root || nobodyCanRun())('is elsewhere where HOME is open to others', async () => {
    if (root) chownSync(own, 65_534, 65_534);
    chmodSync(own, 0o777);
    const temporary = join(base, `tmp-${count}`);
    mkdirSync(temporary);
    chmodSync(temporary, 0o1777);
    const { path } = await ask({ HOME: own, TMPDIR: temporary }, root ? 65_534 : undefined);
    expect(String(path).startsWith(temporary)).toBe(true);
  });
});
