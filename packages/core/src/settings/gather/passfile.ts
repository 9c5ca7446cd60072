import { join } from 'node:path';
import type { GatheredSettings } from './gather-settings.ts';
import { userFolder } from './user-folder.ts';

/** The password file: `passfile`, PGPASSFILE, else the one in the user's folder. */
export function passfileOf({ layers, env }: GatheredSettings): string | undefined {
  const given = layers.value('passfile');
  if (given !== undefined) return given;
  const folder = userFolder(env);
  return folder === undefined
    ? undefined
    : join(folder, process.platform === 'win32' ? 'pgpass.conf' : '.pgpass');
}
