import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Emulator } from '@azure-pg/emulator';
import pg from 'pg';
import { freePort } from '../packages/emulator/src/machine/free-port.ts';
import { runProgram } from '../packages/emulator/src/machine/run-program.ts';
import { giveToServers } from '../packages/emulator/src/machine/server-account.ts';
import { ServerProcess } from '../packages/emulator/src/machine/server-process.ts';
import { Watchdog } from '../packages/emulator/src/machine/watchdog.ts';
import { superuser } from '../packages/emulator/src/postgres/data-template.ts';
import { postgresBinaries } from '../packages/emulator/src/postgres/postgres-binaries.ts';

/** Settings, and a line of pg_hba.conf, that a primary's emulator must be started with. */
export const primarySettings: Readonly<Record<string, string>> = { synchronous_commit: 'on' };
export const primaryHba = 'local replication all trust';

/** A hot standby of an emulator's server that confirms every commit, as that of Azure's high availability. */
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
    const data = join(folder, `standby-${randomBytes(4).toString('hex')}`);
    await mkdir(data, { mode: 0o700 });
    await giveToServers(data);
    await postgres.stop();
    await runProgram('cp', ['-R', `${join(folder, 'data')}/.`, data], { asServer: true });
    await postgres.start();
    const source = `host=${join(folder, 's')} port=${postgres.port} user=${superuser}`;
    await appendFile(join(data, 'postgresql.auto.conf'), `port = ${port}\nprimary_conninfo = '${source}'\n`);
    await writeFile(join(data, 'standby.signal'), '');
    await giveToServers(join(data, 'standby.signal'));
    const watchdog = new Watchdog(data);
    const { postgres: file } = await postgresBinaries();
    const server = await ServerProcess.start(
      {
        name: 'the standby',
        file,
        args: ['-D', data],
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
        logFile: join(folder, 'standby.log'),
        ready: async () => (await following(emulator)) === 'async',
      },
      watchdog,
    );
    await emulator.query("alter system set synchronous_standby_names = '*'");
    await emulator.query('select pg_reload_conf()');
    while ((await following(emulator)) !== 'sync') await wait(5);
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

async function following(emulator: Emulator): Promise<string | undefined> {
  const [standby] = await emulator.query<{ sync_state: string }>(
    "select sync_state from pg_stat_replication where state = 'streaming'",
  );
  return standby?.sync_state;
}
