import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What starts PostgreSQL and PgBouncer, and what only makes sense with them. */
const startsServers = /['"]@azure-pg\/(emulator|contract)\b/;
const serverSources = /^packages\/(emulator\/src\/(start-emulator|bin)|contract\/src\/index)\.ts$/;
/** Imports, and files that a test runs in a process of its own; from the file's folder, or from the root. */
const ownFiles = /['"]((?:\.{1,2}|packages)\/[^'"]*\.m?[jt]s)['"]/g;

/**
 * The test files of the two projects. A file is of `servers` when it, or any of our files that it leads to, starts servers: so nobody has to
 * say it a second time, in a name or in a list.
 */
export function testFiles(): { readonly unit: readonly string[]; readonly servers: readonly string[] } {
  const known = new Map<string, boolean>();
  const needsServers = (file: string): boolean => {
    const path = relative(root, file);
    if (serverSources.test(path)) return true;
    const before = known.get(file);
    if (before !== undefined) return before;
    known.set(file, false);
    const text = readFileSync(file, 'utf8');
    const needs =
      startsServers.test(text) ||
      [...text.matchAll(ownFiles)]
        .map(([, name = '']) => (name.startsWith('.') ? resolve(file, '..', name) : join(root, name)))
        .some((next) => existsSync(next) && needsServers(next));
    known.set(file, needs);
    return needs;
  };
  const files = globSync(
    [
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'live/test/*.test.ts',
      'scripts/test/**/*.test.mjs',
    ],
    { cwd: root },
  );
  const servers = files.filter((file) => needsServers(join(root, file)));
  return { unit: files.filter((file) => !servers.includes(file)), servers };
}
