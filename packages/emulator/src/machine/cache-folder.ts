import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmulatorError } from '../emulator-error.ts';
import { closeEntry, openEntry, openFolder } from './open-to-others.ts';

/** Where the cache may live, best first. */
function candidates(): string[] {
  const own = process.env.AZURE_PG_EMULATOR_CACHE;
  if (own) return [own];
  const uid = process.getuid?.();
  const found: string[] = [];
  if (uid === 0) {
    // Root's home is closed to the account that the servers run as.
    found.push('/var/cache/azure-pg-emulator');
  } else {
    if (process.env.XDG_CACHE_HOME) found.push(join(process.env.XDG_CACHE_HOME, 'azure-pg-emulator'));
    let home = '';
    try {
      home = homedir();
    } catch {
      // No HOME and no entry in the password file: a container's bare user id.
    }
    if (home !== '' && home !== '/') {
      const caches = process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
      found.push(join(home, ...caches, 'azure-pg-emulator'));
    }
  }
  found.push(join(tmpdir(), `azure-pg-emulator-cache-${uid ?? 'user'}`));
  return found;
}

let chosen: Promise<string> | undefined;

/**
 * The folder that outlives an emulator: binaries, an initialised data directory, signing keys. `AZURE_PG_EMULATOR_CACHE` names another.
 * Programs are run from it: it is taken only where nobody but we and root can put anything there, and it is never made so, since what others
 * have put there would stay.
 */
function cacheFolder(): Promise<string> {
  chosen ??= choose().catch((error: unknown) => {
    chosen = undefined;
    throw error;
  });
  return chosen;
}

async function choose(): Promise<string> {
  const uid = process.getuid?.();
  const reasons: string[] = [];
  for (const folder of candidates()) {
    try {
      await mkdir(folder, { recursive: true, mode: uid === 0 ? 0o755 : 0o700 });
      const found = await lstat(folder);
      if (!found.isDirectory()) throw new Error('is not a folder');
      const problem = openFolder(folder);
      if (problem !== undefined) throw new Error(problem);
      // The account that servers run as must get in.
      if (uid === 0 && (found.mode & 0o055) !== 0o055) await chmod(folder, 0o755);
      await access(folder, constants.W_OK | constants.X_OK);
      return folder;
    } catch (error) {
      reasons.push(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new EmulatorError('CACHE_UNUSABLE', `There is no folder for the cache (${reasons.join('; ')}).`, {
    hint: 'Delete a folder that others may write to, for it may hold what they put there; or name one that is yours alone in AZURE_PG_EMULATOR_CACHE.',
  });
}

const known = new Set<string>();

/** Anything in an entry that others could have put there, as long as they could, would be run. */
function assertClosed(entry: string): string {
  if (known.has(entry)) return entry;
  const problem = openEntry(entry);
  if (problem !== undefined) {
    throw new EmulatorError('CACHE_UNUSABLE', `The cache may hold what others put there: ${problem}.`, {
      hint: `Delete ${entry}; it is made again.`,
    });
  }
  known.add(entry);
  return entry;
}

const building = new Map<string, Promise<string>>();

/**
 * Gives the cache's file or folder `name`, building it when it is not there. It is built next to its place and then renamed, so that
 * several processes that start at once never see half of it; the first to finish wins and the others use its result.
 */
export function cached(name: string, build: (path: string) => Promise<void>): Promise<string> {
  const running = building.get(name);
  if (running !== undefined) return running;
  const promise = buildOnce(name, build).finally(() => building.delete(name));
  building.set(name, promise);
  return promise;
}

async function buildOnce(name: string, build: (path: string) => Promise<void>): Promise<string> {
  const folder = await cacheFolder();
  const target = join(folder, name);
  if (await exists(target)) return assertClosed(target);
  await removeOldDrafts(folder);
  const draft = join(folder, `.${name}.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    await build(draft);
    closeEntry(draft);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // A folder cannot be renamed onto one that is there already: another process was faster.
    if (!(await exists(target))) throw error;
  }
  return assertClosed(target);
}

/** What processes left behind that were killed while they were building. */
async function removeOldDrafts(folder: string): Promise<void> {
  const anHourAgo = Date.now() - 3_600_000;
  for (const name of (await readdir(folder)).filter((entry) => entry.startsWith('.'))) {
    const path = join(folder, name);
    const { mtimeMs } = await lstat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < anHourAgo) await rm(path, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
