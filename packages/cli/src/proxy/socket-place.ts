import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CommandError } from '../command-error.ts';

/** Where a Unix socket is, by libpq's convention: `.s.PGSQL.PORT` in a folder, which clients name as host. */
export interface SocketPlace {
  readonly folder: string;
  readonly port: number;
  readonly path: string;
}

const refuse = (message: string, hint: string): CommandError =>
  new CommandError(message, { exitCode: 2, hint });

/** The longest path of a socket, in bytes. */
const longest = process.platform === 'darwin' ? 103 : 107;

/**
 * @param text a folder, where the port is 5432, or the whole path of the socket.
 * @throws CommandError
 */
export function socketPlace(text: string): SocketPlace {
  if (process.getuid === undefined) throw refuse('--socket is not for Windows', 'Use --listen.');
  if (text.startsWith('@'))
    throw refuse('An abstract socket has no permissions: every user could connect', 'Name a folder.');
  const whole = resolve(text);
  const named = /^\.s\.PGSQL\.(\d{1,5})$/.exec(basename(whole))?.[1];
  const folder = named === undefined ? whole : dirname(whole);
  const port = Number(named ?? 5432);
  if (port < 1 || port > 65_535)
    throw refuse(`${port} is no port`, 'Name .s.PGSQL.5432, or the folder alone.');
  const path = join(folder, `.s.PGSQL.${port}`);
  if (Buffer.byteLength(path) > longest)
    throw refuse(
      `"${path}" is longer than a socket’s path can be (${longest} bytes)`,
      'Name a shorter folder.',
    );
  return { folder, port, path };
}

/**
 * Makes the folder, for us alone, where there is none, and makes sure that nobody but we and root can put another socket in the place of ours,
 * now or when it is gone.
 *
 * @throws CommandError
 */
export function preparedFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The way that clients take, and the one that it leads to through links.
  for (const start of new Set([folder, realpathSync(folder)])) {
    for (let step = start; ; step = dirname(step)) {
      const problem = openToOthers(step, step !== start);
      if (problem !== undefined) {
        throw refuse(
          `Others could put a socket of theirs in the place of this one: ${problem}`,
          'Name a folder of your own, which is made where there is none: --socket ~/.azure-pg',
        );
      }
      if (dirname(step) === step) break;
    }
  }
}

function openToOthers(path: string, above: boolean): string | undefined {
  const uid = process.getuid?.();
  for (const { uid: owner } of [lstatSync(path), statSync(path)])
    if (owner !== uid && owner !== 0) return `${path} belongs to another user`;
  const { mode } = statSync(path);
  // Where the sticky bit is set (/tmp), a folder of ours cannot be moved away.
  const open = (mode & 0o022) !== 0 && !(above && (mode & 0o1000) !== 0);
  return open ? `${path} can be written to by others` : undefined;
}
