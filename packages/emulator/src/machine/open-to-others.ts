import { chmodSync, lstatSync, readdirSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { serverAccount } from './server-account.ts';

const writableByOthers = 0o022;
const sticky = 0o1000;

/**
 * Whether others than we and root could put something else in a folder's place, or into it: of all that is above it, through links too, nothing
 * may be theirs or open to them. A folder with the sticky bit (/tmp) may be above it, for there nobody can touch what is ours.
 *
 * @returns what is open, and why; undefined: nothing.
 */
export function openFolder(folder: string): string | undefined {
  return openAbove(folder) ?? open(folder, lstatSync(folder), false);
}

function openAbove(path: string): string | undefined {
  const parent = dirname(path);
  if (parent === path) return undefined;
  return openAbove(parent) ?? openStep(parent);
}

function openStep(path: string): string | undefined {
  const found = lstatSync(path);
  const problem = open(path, found, true);
  if (problem !== undefined || !found.isSymbolicLink()) return problem;
  const target = resolve(realpathSync(dirname(path)), readlinkSync(path));
  return openAbove(target) ?? openStep(target);
}

/**
 * Whether others than we, root and the account that servers run as could have made or changed anything in a closed folder's entry, while the
 * folder was open.
 *
 * @returns what is open, and why; undefined: nothing.
 */
export function openEntry(path: string): string | undefined {
  for (const file of everythingIn(path)) {
    const problem = open(file, lstatSync(file), false, serverAccount?.uid);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Whatever the umask said when it was made. */
export function closeEntry(path: string): void {
  for (const file of everythingIn(path)) {
    const found = lstatSync(file);
    if (isOpen(found)) chmodSync(file, found.mode & 0o7777 & ~writableByOthers);
  }
}

function* everythingIn(path: string): Generator<string> {
  yield path;
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) yield* everythingIn(join(path, name));
}

/** A link has no mode of its own. */
const isOpen = (found: Stats): boolean => !found.isSymbolicLink() && (found.mode & writableByOthers) !== 0;

function open(path: string, found: Stats, stickyWillDo: boolean, alsoOurs?: number): string | undefined {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  if (![uid, 0, alsoOurs].includes(found.uid)) return `${path} belongs to another user (${found.uid})`;
  if (!isOpen(found) || (stickyWillDo && (found.mode & sticky) !== 0)) return undefined;
  return `others may write to ${path} (mode ${(found.mode & 0o7777).toString(8).padStart(4, '0')})`;
}
