import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerProcess } from '../machine/server-process.ts';
import type { Watchdog } from '../machine/watchdog.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** How a PostgreSQL server is run. */
export interface RunPostgres {
  readonly name: string;
  readonly binaries: PostgresBinaries;
  readonly dataFolder: string;
  readonly logFile: string;
  /** Settings that win over those in the data directory. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly until: PostgresState;
  readonly watchdog: Watchdog;
}

/** `ready` for sessions, or a `standby` that takes none. */
export type PostgresState = 'ready' | 'standby';

const lockFile = (dataFolder: string): string => join(dataFolder, 'postmaster.pid');

/** The eighth line of the lock file says what pg_ctl waits for. */
export async function isInState(dataFolder: string, state: PostgresState): Promise<boolean> {
  const lines = (await readFile(lockFile(dataFolder), 'utf8').catch(() => '')).split('\n');
  return lines[7]?.trim() === state;
}

/** Starts PostgreSQL on a data directory and waits until it is in the state. */
export async function runPostgres(options: RunPostgres): Promise<ServerProcess> {
  const { name, binaries, dataFolder, logFile, settings = {}, until, watchdog } = options;
  await rm(lockFile(dataFolder), { force: true });
  return ServerProcess.start(
    {
      name,
      file: binaries.postgres,
      args: [
        '-D',
        dataFolder,
        ...Object.entries(settings).flatMap(([setting, value]) => ['-c', `${setting}=${value}`]),
      ],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      logFile,
      ready: () => isInState(dataFolder, until),
    },
    watchdog,
  );
}
