import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Emulator } from '@azure-pg/emulator';
import pg from 'pg';
import { freePort } from '../packages/emulator/src/machine/free-port.ts';
import { giveToServers } from '../packages/emulator/src/machine/server-account.ts';
import type { ServerProcess } from '../packages/emulator/src/machine/server-process.ts';
import { Watchdog } from '../packages/emulator/src/machine/watchdog.ts';
import { copyData, superuser } from '../packages/emulator/src/postgres/data-template.ts';
import { postgresBinaries } from '../packages/emulator/src/postgres/postgres-binaries.ts';
import { runPostgres } from '../packages/emulator/src/postgres/run-postgres.ts';

/** Settings that a primary's emulator must be started with. */
export const primarySettings: Readonly<Record<string, string>> = { synchronous_commit: 'on' };

/** A standby of an emulator's server that confirms every commit, and, unlike that of Azure's high availability, has a port of its own for readers. */
export class HotStandby implements AsyncDisposable {
  readonly port: number;
  readonly #process: ServerProcess;
  readonly #watchdog: Watchdog;
  readonly #pool: pg.Pool;

  private constructor(emulator: Emulator, port: number, process: ServerProcess, watchdog: Watchdog) {
    this.port = port;
    this.#process = process;
    this.#watchdog = watchdog;
    const host = join(emulator.folder, 's');
    this.#pool = new pg.Pool({ host, port, user: superuser, database: 'postgres', max: 1, ssl: false });
    this.#pool.on('error', () => {});
  }

  /** Copies the server while it is stopped, and lets the copy follow it. */
  static async of(emulator: Emulator): Promise<HotStandby> {
    const { folder, postgres } = emulator;
    const port = await freePort();
    const dataFolder = join(folder, 'hot-standby');
    await postgres.stop();
    await copyData(join(folder, 'data'), dataFolder);
    await postgres.start();
    const signal = join(dataFolder, 'standby.signal');
    await writeFile(signal, '');
    await giveToServers(signal);
    const watchdog = new Watchdog(dataFolder);
    const server = await runPostgres({
      name: 'the standby',
      binaries: await postgresBinaries(),
      dataFolder,
      logFile: join(folder, 'standby.log'),
      settings: {
        port: String(port),
        primary_conninfo: `host=${join(folder, 's')} port=${postgres.port} user=${superuser}`,
      },
      until: 'ready',
      watchdog,
    });
    const following = async (): Promise<string | undefined> =>
      (
        await emulator.query<{ sync_state: string }>(
          "select sync_state from pg_stat_replication where state = 'streaming'",
        )
      )[0]?.sync_state;
    while ((await following()) !== 'async') await wait(5);
    await emulator.query("alter system set synchronous_standby_names = '*'");
    await emulator.query('select pg_reload_conf()');
    while ((await following()) !== 'sync') await wait(5);
    return new HotStandby(emulator, port, server, watchdog);
  }

  /** Makes it the primary; resolves when it takes writes. */
  async promote(): Promise<void> {
    await this.query('select pg_promote()');
  }

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query(sql, [...parameters])).rows as Row[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop('SIGQUIT');
    await this.#pool.end();
    this.#watchdog.dismiss();
  }
}
