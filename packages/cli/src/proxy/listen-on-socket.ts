import {
  type BigIntStats,
  chmodSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  renameSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { connect, type Server } from 'node:net';
import { join } from 'node:path';
import { CommandError } from '../command-error.ts';
import { preparedFolder, type SocketPlace } from './socket-place.ts';

/**
 * Listens on a Unix socket that only we can connect to. It is made in a folder of its own and appears in its place with its mode, so that there
 * is no moment at which others could connect. One that a dead process left is replaced; one on which somebody listens is not.
 *
 * @returns removes it. It is removed at the end of the process, too.
 * @throws CommandError where something is in the way; the system's error where it cannot listen.
 */
export async function listenOnSocket(server: Server, { folder, path }: SocketPlace): Promise<() => void> {
  preparedFolder(folder);
  // Short: a socket's path is.
  const drafts = mkdtempSync(join(folder, '.a-'));
  try {
    const draft = join(drafts, 's');
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path: draft, backlog: 511 }, resolve);
    });
    chmodSync(draft, 0o600);
    const own = look(draft);
    await put(draft, path, join(drafts, 'old'));
    const remove = (): void => {
      process.off('exit', remove);
      if (isSame(look(path), own)) unlinkSync(path);
    };
    process.once('exit', remove);
    return remove;
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(drafts, { recursive: true, force: true });
  }
}

/** Puts the socket in its place, unless there is one that is in use. */
async function put(draft: string, path: string, aside: string): Promise<void> {
  // Others that start at the same time may be faster, and end again.
  for (let attempt = 0; attempt < 10; attempt++) {
    if (appears(draft, path)) return;
    const found = look(path);
    if (found === undefined) continue;
    if (!found.isSocket()) throw inTheWay(path, 'is in the way, and is no socket');
    if (found.uid !== BigInt(process.getuid?.() ?? 0)) throw inTheWay(path, 'belongs to another user');
    if (await answers(path)) throw inTheWay(path, 'is in use: something listens there');
    takeAway(path, found, aside);
  }
  throw inTheWay(path, 'is in the way');
}

/** False: something is there already, which is left as it is. */
function appears(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // A file system without links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(code ?? '')) throw error;
    if (look(path) !== undefined) return false;
    renameSync(draft, path);
    return true;
  }
}

function takeAway(path: string, dead: BigIntStats, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Somebody replaced it in the meantime: what was taken is in use, and goes back.
  if (!isSame(look(aside), dead)) appears(aside, path);
}

const look = (path: string): BigIntStats | undefined =>
  lstatSync(path, { bigint: true, throwIfNoEntry: false });

const isSame = (one: BigIntStats | undefined, other: BigIntStats | undefined): boolean =>
  one !== undefined && one.ino === other?.ino && one.birthtimeNs === other.birthtimeNs;

/** Whether anything listens on a socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      done(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

const inTheWay = (path: string, problem: string): CommandError =>
  new CommandError(`Cannot listen on ${path}: it ${problem}`, {
    hint: 'Name another folder with --socket, or another port: FOLDER/.s.PGSQL.5433.',
  });
