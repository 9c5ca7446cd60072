import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EmulatorError } from '../emulator-error.ts';
import { giveToServers } from '../machine/server-account.ts';
import type { ServerProcess } from '../machine/server-process.ts';
import type { Watchdog } from '../machine/watchdog.ts';
import { copyData, superuser } from './data-template.ts';
import type { PostgresServer } from './postgres-server.ts';
import { isInState, runPostgres } from './run-postgres.ts';

/** The replication slot of the primary that keeps what the standby has not got yet. */
export const standbySlot = 'standby';

/** What a standby is made of. */
export interface StandbyServerOptions {
  readonly primary: PostgresServer;
  /** Made by `copyOf`. */
  readonly dataFolder: string;
  readonly logFile: string;
  readonly watchdog: Watchdog;
}

/** A PostgreSQL that follows another one by streaming replication. As that of Azure's high availability it takes no sessions. */
export class StandbyServer {
  readonly dataFolder: string;
  readonly #options: StandbyServerOptions;
  #process: ServerProcess | undefined;

  private constructor(options: StandbyServerOptions) {
    this.#options = options;
    this.dataFolder = options.dataFolder;
  }

  /** Copies the data of the primary, which must not run; its configuration comes along. */
  static async copyOf(options: StandbyServerOptions): Promise<StandbyServer> {
    const { primary, dataFolder } = options;
    await copyData(primary.dataFolder, dataFolder);
    const signal = join(dataFolder, 'standby.signal');
    await writeFile(signal, '');
    await giveToServers(signal);
    return new StandbyServer(options);
  }

  /** The primary runs, and has the slot. */
  async start(): Promise<void> {
    const { primary, dataFolder, logFile, watchdog } = this.#options;
    this.#process = await runPostgres({
      name: 'The standby',
      binaries: primary.binaries,
      dataFolder,
      logFile,
      settings: {
        // The primary has its own address, which is the service's. A server must listen somewhere.
        listen_addresses: '',
        unix_socket_directories: dataFolder,
        hot_standby: 'off',
        primary_conninfo: `host=${primary.socketFolder} port=${primary.port} user=${superuser}`,
        primary_slot_name: standbySlot,
        // After a restart of the primary no commit is confirmed until it is back.
        wal_retrieve_retry_interval: '50ms',
      },
      until: 'standby',
      watchdog,
    });
  }

  /** Makes its data a primary's, on a timeline of its own, and ends it: whoever has the service's address goes on with the data. */
  async promote(): Promise<void> {
    const { dataFolder } = this.#options;
    // What `pg_ctl promote` does, for which nobody needs to be let in. Any signal of its own processes lets the server find the file, too.
    await writeFile(join(dataFolder, 'promote'), '');
    this.#process?.signal('SIGUSR1');
    const deadline = Date.now() + 30_000;
    while (!(await isInState(dataFolder, 'ready'))) {
      if (!this.#process?.running || Date.now() > deadline)
        throw new EmulatorError('SERVER_START_FAILED', 'The standby could not be promoted.');
      await wait(4);
    }
    await this.stop('SIGINT');
  }

  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGQUIT'): Promise<void> {
    await this.#process?.stop(signal);
    this.#process = undefined;
  }
}
