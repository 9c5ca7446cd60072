import { chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The account that servers run as; undefined means: the one we are. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL and PgBouncer refuse to run as root, so root lends them the account `nobody`. */
export const serverAccount: ServerAccount | undefined =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

/** Gives files to the account that servers run as, so that they accept them as their own. */
export async function giveToServers(...files: readonly string[]): Promise<void> {
  if (serverAccount === undefined) return;
  const { uid, gid } = serverAccount;
  await Promise.all(files.map((file) => chown(file, uid, gid)));
}

/** Whether the account that servers run as may pass through a folder and all those above it; root's own are often closed. */
export async function serversCanReach(folder: string): Promise<boolean> {
  if (serverAccount === undefined) return true;
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) return false;
  return dirname(folder) === folder || serversCanReach(dirname(folder));
}
