import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accepts, type ListenAddress } from '../machine/free-port.ts';
import { giveToServers } from '../machine/server-account.ts';
import { ServerProcess } from '../machine/server-process.ts';
import type { Watchdog } from '../machine/watchdog.ts';
import { superuser } from '../postgres/data-template.ts';
import { passwordLine, type SettingValue } from '../postgres/postgres-server.ts';
import type { IssuedCertificate } from '../tls/certificate-authority.ts';
import { type FoundPgBouncer, findPgBouncer } from './find-pgbouncer.ts';

/** How PgBouncer pools. What is not set is as on Azure. */
export interface PoolerOptions {
  /** Default: transaction. */
  readonly poolMode?: 'session' | 'transaction' | 'statement';
  /** Named statements that PgBouncer keeps track of per server connection. Default: 0, which breaks them. */
  readonly maxPreparedStatements?: number;
  /** Server connections per database and role. Default: 50. */
  readonly poolSize?: number;
  /** Puts every transaction on another server connection than the last, so that state that leaks between them shows. Default: false. */
  readonly adversarial?: boolean;
  /** Further settings of section `[pgbouncer]`; they win over all others. */
  readonly settings?: Readonly<Record<string, SettingValue>>;
}

/** What a PgBouncer of the emulator is made of. */
export interface PgBouncerServerOptions {
  readonly folder: string;
  readonly socketFolder: string;
  readonly port: number;
  readonly listen: ListenAddress;
  readonly postgresPort: number;
  readonly certificate: IssuedCertificate;
  readonly pooler: PoolerOptions;
  readonly watchdog: Watchdog;
}

/** A database name for which PgBouncer asks for a password; the gateway uses it to have over-long tokens refused by PgBouncer itself. */
export const askForPassword = 'azure_pg_emulator_ask_for_password';

/** Real PgBouncer with its own TLS port. */
export class PgBouncerServer {
  readonly port: number;
  readonly socketFolder: string;
  readonly version: string;
  /** Its options, after defaults. */
  readonly poolMode: string;
  readonly maxPreparedStatements: number;
  readonly #program: FoundPgBouncer;
  readonly #folder: string;
  readonly #watchdog: Watchdog;
  #process: ServerProcess | undefined;

  private constructor(
    program: FoundPgBouncer,
    options: PgBouncerServerOptions,
    settings: Readonly<Record<string, SettingValue>>,
  ) {
    this.#program = program;
    this.#folder = options.folder;
    this.#watchdog = options.watchdog;
    this.port = options.port;
    this.socketFolder = options.socketFolder;
    this.version = program.version;
    this.poolMode = String(settings.pool_mode);
    this.maxPreparedStatements = Number(settings.max_prepared_statements);
  }

  static async create(options: PgBouncerServerOptions): Promise<PgBouncerServer> {
    const program = await findPgBouncer();
    const { folder, pooler } = options;
    const file = (name: string): string => join(folder, `pgbouncer${name}`);
    const poolSize = pooler.poolSize ?? 50;
    const settings: Record<string, SettingValue> = {
      listen_addr: options.listen,
      listen_port: options.port,
      unix_socket_dir: options.socketFolder,
      unix_socket_mode: '0700',
      auth_type: 'hba',
      auth_hba_file: file('.hba'),
      auth_file: file('.users'),
      auth_user: superuser,
      auth_dbname: 'postgres',
      client_tls_sslmode: 'require',
      client_tls_cert_file: file('.crt'),
      client_tls_key_file: file('.key'),
      pool_mode: pooler.poolMode ?? 'transaction',
      max_prepared_statements: pooler.maxPreparedStatements ?? 0,
      default_pool_size: poolSize,
      max_client_conn: 5000,
      query_wait_timeout: 120,
      server_idle_timeout: 600,
      ...(pooler.adversarial ? { server_round_robin: 1, min_pool_size: Math.min(6, poolSize) } : {}),
      ...pooler.settings,
    };
    const lines = Object.entries(settings).map(
      ([name, value]) => `${name} = ${typeof value === 'boolean' ? Number(value) : value}`,
    );
    const files: Record<string, string> = {
      '.ini': `[databases]\n* = host=${options.socketFolder} port=${options.postgresPort}\n\n[pgbouncer]\n${lines.join('\n')}\n`,
      '.hba': [
        `local ${askForPassword} all password`,
        // The gateway has checked who signs in; its socket is closed to others.
        'local all all trust',
        passwordLine(options.listen),
        '',
      ].join('\n'),
      '.users': `"${superuser}" ""\n`,
      '.crt': options.certificate.cert,
      '.key': options.certificate.key,
    };
    await Promise.all(
      Object.entries(files).map(async ([name, text]) => {
        await writeFile(file(name), text, { mode: 0o600 });
        await giveToServers(file(name));
      }),
    );
    return new PgBouncerServer(program, options, settings);
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  async start(): Promise<void> {
    if (this.running) return;
    const socket = join(this.socketFolder, `.s.PGSQL.${this.port}`);
    await rm(socket, { force: true });
    this.#process = await ServerProcess.start(
      {
        name: 'PgBouncer',
        file: this.#program.file,
        args: [...this.#program.args, join(this.#folder, 'pgbouncer.ini')],
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
        logFile: join(this.#folder, 'pgbouncer.log'),
        ready: async () =>
          (await accepts({ path: socket })) && (await accepts({ host: '127.0.0.1', port: this.port })),
      },
      this.#watchdog,
    );
  }

  /** Ends it at once; clients' connections break off. */
  async stop(): Promise<void> {
    // From 1.23 on the signal for "at once"; before, its default action ends the process as well.
    await this.#process?.stop('SIGQUIT');
  }
}
