import type { Identity, IdentityOptions } from './entra/directory.ts';
import type { Entra } from './entra/entra.ts';
import type { Environment, Environments } from './entra/environments.ts';
import type { ListenAddress } from './machine/free-port.ts';
import type { PoolerOptions } from './pgbouncer/pgbouncer-server.ts';
import type { SettingValue } from './postgres/postgres-server.ts';
import type { CertificateAuthority, IssuedCertificate, IssueOptions } from './tls/certificate-authority.ts';

/** 0 or absent means any free one. */
export interface EmulatorPorts {
  /** The gateway before PostgreSQL: Azure's 5432. */
  readonly direct?: number;
  /** The gateway before PgBouncer: Azure's 6432. */
  readonly pooled?: number;
  /** PostgreSQL's own TLS port, with passwords. */
  readonly postgres?: number;
  /** PgBouncer's own TLS port, with passwords. */
  readonly pgbouncer?: number;
  /** The Entra authority, https. */
  readonly entra?: number;
  /** Managed identity, http. */
  readonly identity?: number;
}

/** What `startEmulator` takes. Everything has a default. */
export interface EmulatorOptions {
  readonly ports?: EmulatorPorts;
  /** How PgBouncer pools, as on Azure by default; false for no pooler. */
  readonly pooler?: PoolerOptions | false;
  /**
   * A second PostgreSQL that confirms every commit, as with Azure's high availability, for `failover`. Default: false, which starts
   * sooner.
   */
  readonly highAvailability?: boolean;
  readonly postgres?: {
    /** Settings of postgresql.conf; they win over the emulator's. */
    readonly settings?: Readonly<Record<string, SettingValue>>;
    /** Lines of pg_hba.conf for PostgreSQL's own TLS port, before `hostssl all all 127.0.0.1/32 scram-sha-256`. */
    readonly hba?: readonly string[];
  };
  /**
   * The identity that `url` and `env` belong to. Default: the managed identity `local-app`. Unless `role` says otherwise it is an Entra
   * administrator of the server, who may make tables in schema `public` and further roles.
   */
  readonly identity?: Partial<IdentityOptions>;
  /** The database of the URLs; created if missing. Default: postgres. */
  readonly database?: string;
  /** Seconds that tokens live. Default: 3600. */
  readonly tokenLifetime?: number;
  /** Default: always the same one. */
  readonly tenantId?: string;
  /**
   * Another name for the server; its certificate is for it, too. Default: localhost, which every program finds. With a name of Azure's
   * (`local.postgres.database.azure.com`) the library derives what it derives there, and the URLs have `hostaddr`, which only libpq and this
   * library know.
   */
  readonly host?: string;
  /**
   * The address that everything listens on. Default: `127.0.0.1`, for this machine alone. With `0.0.0.0`, as in a container whose ports are
   * published, whoever reaches the machine gets tokens, and can let the server fail over from the command line.
   */
  readonly listen?: ListenAddress;
  /** The password of role `app` at the servers' own ports. Default: another one each time. */
  readonly password?: string;
  /** Milliseconds that a client has to sign in at the gateways. Default: 30,000, as on Azure. */
  readonly authenticationTimeout?: number;
}

/** A server that can be stopped and started again on the same port with the same data. */
export interface StoppableServer {
  readonly host: string;
  readonly port: number;
  /** With the password user `app`: `postgresql://app:…@localhost:PORT/…?sslmode=verify-full&sslrootcert=…`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** For example `18.4`. */
  readonly version: string;
  readonly running: boolean;
  /** Starts it again after it was stopped. */
  start(): Promise<void>;
}

/** Real PostgreSQL. While it is stopped, nothing listens on the direct gateway's port either. */
export interface EmulatorPostgres extends StoppableServer {
  /** `fast` (default): sessions get 57P01. `immediate`: they just break off. `smart`: waits for them to end. */
  stop(mode?: 'fast' | 'immediate' | 'smart'): Promise<void>;
  /** Stops it that way, and starts it again. */
  restart(mode?: 'fast' | 'immediate' | 'smart'): Promise<void>;
}

/** Real PgBouncer. While it is stopped, nothing listens on the pooled gateway's port either. */
export interface EmulatorPgBouncer extends StoppableServer {
  /** Ends it; its clients' connections break off. */
  stop(): Promise<void>;
  /** Stops it, and starts it again. */
  restart(): Promise<void>;
}

/** What `failover` takes. */
export interface FailoverOptions {
  /**
   * `planned`: sessions are ended with 57P01, and the standby gets the rest. `forced`: the primary is gone at once, and nobody hears a word.
   * The words are those of `az postgres flexible-server restart --failover`.
   */
  readonly kind: 'planned' | 'forced';
  /** Milliseconds that the service stays away, at least. Default: 0, as short as can be; Azure takes 60 to 120 seconds. */
  readonly downtime?: number;
}

/** What became of a failover. */
export interface Failover {
  /** Milliseconds in which nothing listened. */
  readonly downtime: number;
  /** The timeline of the former primary, and the one that its successor began. */
  readonly timelineBefore: number;
  readonly timelineAfter: number;
}

/** The emulator's certificate authority. */
export interface EmulatorCa extends CertificateAuthority {
  /** Path of its certificate, PEM. */
  readonly file: string;
  issue(options: IssueOptions): Promise<IssuedCertificate>;
}

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** As on Azure, without user and password: `postgresql://localhost:PORT/postgres?auth=entra&sslrootcert=…`. */
  readonly url: string;
  /** The same through PgBouncer, with its mode and the port of the server behind it. Throws EmulatorError NOT_RUNNING when there is no pooler. */
  readonly pooledUrl: string;
  /** Environment variables for @azure/identity: managed identity as in App Service. */
  readonly env: Environment;
  /** The same for every other way of getting a token. */
  readonly environments: Environments;
  readonly ca: EmulatorCa;
  readonly postgres: EmulatorPostgres;
  readonly pgbouncer: EmulatorPgBouncer | undefined;
  readonly entra: Entra;
  /** All principals of the directory, the emulator's own first. */
  readonly identities: readonly Identity[];
  /** The ports of everything. */
  readonly ports: Readonly<Required<EmulatorPorts>>;
  /** Folder of the emulator's files, with the servers' logs; deleted when the emulator stops. */
  readonly folder: string;
  /** Makes a principal in the directory and, unless disabled, the role it signs in as. */
  createIdentity(options: IdentityOptions): Promise<Identity>;
  /** The variables of a managed identity or service principal other than the emulator's own. */
  environmentsFor(identity: Identity): Promise<Environments>;
  /** Runs SQL as the superuser in database `postgres` and gives the rows. */
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /**
   * Lets the standby take over, as Azure does: under the same name and port, on which nothing listens meanwhile; PgBouncer is restarted.
   * Commits that were reported are there; of those that were under way nobody knows. Resolves when there is a new standby, so that it can be
   * called again. Rejects with EmulatorError: NOT_RUNNING without `highAvailability`, while another failover is under way, or when the emulator
   * is stopped; INVALID_OPTION.
   */
  failover(options: FailoverOptions): Promise<Failover>;
  /** Ends everything and removes the folder. */
  stop(): Promise<void>;
}
