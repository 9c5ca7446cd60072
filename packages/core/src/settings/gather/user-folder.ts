import { userInfo } from 'node:os';
import { join } from 'node:path';
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
