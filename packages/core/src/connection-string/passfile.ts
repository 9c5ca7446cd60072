import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { GatheredSettings } from './gather-settings.ts';
import { variable } from './read-environment.ts';

/** Where libpq looks for per-user files: HOME, else the system's entry for the user; on Windows its own folder in APPDATA. */
export function userFolder(env: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === 'win32') {
    const appData = variable(env, 'APPDATA');
    return appData === undefined ? undefined : join(appData, 'postgresql');
  }
  const home = variable(env, 'HOME');
  if (home !== undefined) return home;
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** The password file: `passfile`, PGPASSFILE, else the one in the user's folder. */
export function passfileOf({ layers, env }: GatheredSettings): string | undefined {
  const given = layers.value('passfile');
  if (given !== undefined) return given;
  const folder = userFolder(env);
  return folder === undefined
    ? undefined
    : join(folder, process.platform === 'win32' ? 'pgpass.conf' : '.pgpass');
}
