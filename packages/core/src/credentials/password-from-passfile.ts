import { readFile, stat } from 'node:fs/promises';
import { isUnixSocket } from '../azure/token-host.ts';
import type { AzureConnection, Host } from '../connection/connection.ts';
import { warnOnce } from '../notices/warn-once.ts';

/** Unix sockets in these folders, libpq's defaults, are "localhost" in a password file. */
const defaultSocketFolders: ReadonlySet<string> = new Set(['/tmp', '/var/run/postgresql', '/run/postgresql']);

/**
 * The password that libpq's password file has for this host, or undefined. Asked at every sign-in, not when the connection is resolved:
 * the entry depends on the host, the file may change, and resolving reads no secret.
 * https://www.postgresql.org/docs/18/libpq-pgpass.html
 *
 * A file that is missing says nothing. One that others may read is ignored, with one warning per process.
 */
export async function passwordFromPassfile(
  connection: Pick<AzureConnection, 'passfile' | 'user' | 'database' | 'logger'>,
  host: Host,
): Promise<string | undefined> {
  const { passfile, user } = connection;
  if (passfile === undefined || user === undefined) return undefined;
  const status = await stat(passfile).catch(() => undefined);
  if (status === undefined) return undefined;
  if (process.platform !== 'win32') {
    if (!status.isFile()) return ignore(connection, passfile, 'is not a plain file');
    if ((status.mode & 0o077) !== 0) {
      return ignore(connection, passfile, 'may be read by others; give it permissions u=rw (0600) or less');
    }
  }
  const text = await readFile(passfile, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // libpq matches an address it was given without a name by that address.
  const name = isUnixSocket(host.host) && defaultSocketFolders.has(host.host) ? 'localhost' : host.host;
  return findPassword(text, [name, String(host.port), connection.database ?? user, user]);
}

function ignore({ logger }: Pick<AzureConnection, 'logger'>, file: string, problem: string): undefined {
  warnOnce(logger, `passfile ${file}`, `The password file ${file} ${problem}. It is ignored.`);
}

/** The first line `host:port:database:user:password` that fits; "*" fits all, a backslash takes the next character as it is. */
export function findPassword(
  text: string,
  wanted: readonly [string, string, string, string],
): string | undefined {
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '' || line.startsWith('#')) continue;
    let at = 0;
    for (const field of wanted) {
      at = matchField(line, at, field);
      if (at < 0) break;
    }
    if (at >= 0) return unescapePassword(line, at);
  }
  return undefined;
}

/**
 * Where the next field begins when this one fits, else -1. As in libpq, a colon ends the field only once all is matched: "a:b" fits the
 * user a:b even where the colon is not escaped.
 */
function matchField(line: string, from: number, wanted: string): number {
  if (line.startsWith('*:', from)) return from + 2;
  let at = from;
  for (let matched = 0; at < line.length; matched++) {
    if (matched === wanted.length) return line[at] === ':' ? at + 1 : -1;
    if (line[at] === '\\') at++;
    if (line[at] !== wanted[matched]) return -1;
    at++;
  }
  return -1;
}

function unescapePassword(line: string, from: number): string {
  let password = '';
  for (let at = from; at < line.length && line[at] !== ':'; at++) {
    if (line[at] === '\\' && at + 1 < line.length) at++;
    password += line[at];
  }
  return password;
}
