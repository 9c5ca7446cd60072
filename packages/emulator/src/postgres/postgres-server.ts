import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ListenAddress } from '../machine/free-port.ts';
import { giveToServers } from '../machine/server-account.ts';
import type { ServerProcess } from '../machine/server-process.ts';
import type { Watchdog } from '../machine/watchdog.ts';
import type { IssuedCertificate } from '../tls/certificate-authority.ts';
import { initialiseData } from './data-template.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { runPostgres } from './run-postgres.ts';

/** A PostgreSQL setting's value, as it would stand in postgresql.conf. */
export type SettingValue = string | number | boolean;

/** What a PostgreSQL server of the emulator is made of. */
export interface PostgresServerOptions {
  /** The emulator's folder; data and log go below it. */
  readonly folder: string;
  /** Where the Unix socket goes. */
  readonly socketFolder: string;
  readonly port: number;
  readonly listen: ListenAddress;
  readonly certificate: IssuedCertificate;
  /** PEM of the CA whose client certificates the gateway shows. */
  readonly gatewayAuthority: string;
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** Lines of pg_hba.conf for TCP that come before the default. */
  readonly hba: readonly string[];
  readonly watchdog: Watchdog;
}

/** The address that the gateway comes from, so that pg_hba.conf can tell it from native clients. */
export const gatewayAddress = '127.0.0.2';

const defaults: Record<string, SettingValue> = {
  fsync: false,
  synchronous_commit: 'local',
  full_page_writes: false,
  shared_buffers: '32MB',
  min_wal_size: '2MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  ssl: true,
  ssl_min_protocol_version: 'TLSv1.2',
  password_encryption: 'scram-sha-256',
  // As on Azure, where it cannot be changed.
  authentication_timeout: '30s',
};

const quote = (value: SettingValue): string =>
  `'${String(value).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** Real PostgreSQL with its own TLS port. */
export class PostgresServer {
  readonly port: number;
  readonly socketFolder: string;
  readonly version: string;
  /** Whether its TLS is on, which a setting can change. */
  readonly takesTls: boolean;
  readonly binaries: PostgresBinaries;
  #dataFolder: string;
  readonly #logFile: string;
  readonly #watchdog: Watchdog;
  #process: ServerProcess | undefined;
  #starting: Promise<void> | undefined;

  private constructor(binaries: PostgresBinaries, options: PostgresServerOptions, dataFolder: string) {
    this.binaries = binaries;
    this.#dataFolder = dataFolder;
    this.#logFile = join(options.folder, 'postgres.log');
    this.#watchdog = options.watchdog;
    this.port = options.port;
    this.socketFolder = options.socketFolder;
    this.version = binaries.version;
    this.takesTls = !/^(false|off|no|0)$/i.test(String(options.settings.ssl ?? true));
  }

  /** Prepares the data directory; `start` runs the server on it. */
  static async create(options: PostgresServerOptions): Promise<PostgresServer> {
    const binaries = await postgresBinaries();
    const dataFolder = join(options.folder, 'data');
    await initialiseData(binaries, dataFolder);
    const files: Record<string, string> = {
      'server.crt': options.certificate.cert,
      'server.key': options.certificate.key,
      'gateway-ca.crt': options.gatewayAuthority,
      'pg_hba.conf': hbaFile(options),
    };
    await Promise.all(
      Object.entries(files).map(async ([name, text]) => {
        await writeFile(join(dataFolder, name), text, { mode: 0o600 });
        await giveToServers(join(dataFolder, name));
      }),
    );
    const settings: Record<string, SettingValue> = {
      ...defaults,
      ssl_cert_file: 'server.crt',
      ssl_key_file: 'server.key',
      ssl_ca_file: 'gateway-ca.crt',
      ...options.settings,
      listen_addresses: options.listen,
      unix_socket_directories: options.socketFolder,
      unix_socket_permissions: '0700',
      port: options.port,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quote(value)}`);
    const config = join(dataFolder, 'postgresql.auto.conf');
    await writeFile(config, `${lines.join('\n')}\n`);
    await chmod(config, 0o600);
    return new PostgresServer(binaries, options, dataFolder);
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Where its data is. */
  get dataFolder(): string {
    return this.#dataFolder;
  }

  /** A former standby's data becomes this server's, from the next start on. */
  async takeOver(dataFolder: string): Promise<void> {
    // On Azure parameters are the service's, and what changed them is in no WAL. Only the standby is each server's own.
    const [from, to] = [this.#dataFolder, dataFolder].map((folder) => join(folder, 'postgresql.auto.conf'));
    const lines = (await readFile(from as string, 'utf8')).split('\n');
    const kept = lines.filter((line) => !line.startsWith('synchronous_standby_names'));
    await writeFile(to as string, kept.join('\n'));
    // Somebody may have started it again.
    await this.stop('immediate');
    this.#dataFolder = dataFolder;
  }

  async start(): Promise<void> {
    if (this.running) return;
    this.#starting ??= this.#run();
    await this.#starting;
  }

  async #run(): Promise<void> {
    try {
      this.#process = await runPostgres({
        name: 'PostgreSQL',
        binaries: this.binaries,
        dataFolder: this.#dataFolder,
        logFile: this.#logFile,
        until: 'ready',
        watchdog: this.#watchdog,
      });
    } finally {
      this.#starting = undefined;
    }
  }

  /** Ends it: `fast` (sessions get 57P01), `immediate` (sessions just break off), `smart` (waits for sessions). */
  async stop(mode: 'fast' | 'immediate' | 'smart' = 'fast'): Promise<void> {
    const signals = { fast: 'SIGINT', immediate: 'SIGQUIT', smart: 'SIGTERM' } as const;
    await this.#starting?.catch(() => {});
    await this.#process?.stop(signals[mode]);
  }

  /** Ends it as a machine that loses its power does: nobody hears a word. */
  async kill(): Promise<void> {
    await this.#starting?.catch(() => {});
    await this.#process?.kill('SIGQUIT');
  }
}

/** The line of pg_hba.conf that lets roles with a password in; PgBouncer has the same. */
export const passwordLine = (listen: ListenAddress): string =>
  `hostssl all all ${listen === '0.0.0.0' ? '0.0.0.0/0' : '127.0.0.1/32'} scram-sha-256`;

function hbaFile({ hba, listen }: PostgresServerOptions): string {
  const lines = [
    // Only the emulator itself can reach the socket: its folder is closed to others.
    'local all all trust',
    'local replication all trust',
    // The gateway has checked who signs in, and may bring in anyone; its certificate is the only one of its authority.
    `hostssl all all ${gatewayAddress}/32 trust clientcert=verify-ca`,
    ...hba,
    passwordLine(listen),
  ];
  return `${lines.join('\n')}\n`;
}
