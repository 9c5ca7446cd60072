import type { SettingSource } from '../errors/setting-source.ts';
import type { Logger } from '../notices/logger.ts';

/** libpq's six modes: https://www.postgresql.org/docs/18/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS */
export type TargetSessionAttrs =
  | 'any'
  | 'read-write'
  | 'read-only'
  | 'primary'
  | 'standby'
  | 'prefer-standby';

/** How a server may authenticate a client, by libpq's names for require_auth. `none`: it asks nothing. */
export type AuthMethod = 'password' | 'md5' | 'gss' | 'sspi' | 'scram-sha-256' | 'oauth' | 'none';

/** https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNECT-REQUIRE-AUTH */
export interface RequireAuth {
  readonly written: string;
  /** The methods that it allows. */
  readonly methods: readonly AuthMethod[];
}

/** How the sign-in is proven: an Entra token, a PostgreSQL password, or a password kept in Azure Key Vault. */
export type Auth = 'entra' | 'password' | 'keyvault';

/** `none`: no pooler. `detect`: ask the live server once (see `detectPooling`). The others are PgBouncer's pool_mode. */
export type PoolMode = 'none' | 'session' | 'transaction' | 'statement' | 'detect';

/** One place to try. */
export interface Host {
  /** The name the user gave, which the certificate must contain; or the folder of a Unix socket, which starts with "/" or "@". */
  readonly host: string;
  /** The address to connect to instead of resolving `host`, as libpq's hostaddr. */
  readonly hostaddr: string | undefined;
  readonly port: number;
}

/** How a connection is secured and whom it trusts. */
export interface TlsSettings {
  readonly mode: SslMode;
  readonly negotiation: 'postgres' | 'direct';
  /** sslrootcert as given: files, folders, inline PEM or "system". Empty: Node's roots, the system's and Azure's. */
  readonly rootCertificates: readonly string[];
  /** "azure" trusts Azure's own roots and nothing else. */
  readonly trust: 'default' | 'azure';
  /** Client certificate and key: a file or inline PEM. The key's passphrase is a secret, and is not kept here. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly certificateMode: 'disable' | 'allow' | 'require';
  /** Revocation lists: a file or inline PEM; a folder. */
  readonly revocationList: string | undefined;
  readonly revocationListFolder: string | undefined;
  readonly minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly sni: boolean;
  /** The name to verify instead of `host`, where private DNS renames the server. */
  readonly serverName: string | undefined;
}

/** For which service a token is asked, as whom, and where it may go. */
export interface EntraSettings {
  /** What the token is for, e.g. "https://ossrdbms-aad.database.windows.net/.default". */
  readonly scope: string;
  /**
   * The scope of the token that names a managed identity, where no user is given: its token for the database names nobody. undefined: it is
   * never asked for.
   */
  readonly managementScope: string | undefined;
  /** The sign-in service, e.g. "https://login.microsoftonline.com"; undefined: @azure/identity's own choice. */
  readonly authorityHost: string | undefined;
  readonly clientId: string | undefined;
  readonly tenantId: string | undefined;
  readonly managedIdentityResourceId: string | undefined;
  /** `always`: @azure/identity gets every token. `when_needed`: the identity of an Azure platform is asked without it. */
  readonly azureIdentity: 'when_needed' | 'always';
  /** Host names, in addition to Azure's and loopback, to which a token may go. A leading dot allows every name below. */
  readonly allowedHosts: readonly string[];
}

/** How a silent connection is kept alive. */
export interface TcpSettings {
  readonly keepalives: boolean;
  /** Seconds of silence before the first probe. Azure's load balancers drop silent flows after 4 minutes. */
  readonly keepalivesIdle: number;
  /** Seconds between probes and their number, where Node lets them be set; undefined: Node's, 1 second and 10. */
  readonly keepalivesInterval: number | undefined;
  readonly keepalivesCount: number | undefined;
}

/** What the pooler on the way allows. */
export interface Pooling {
  readonly poolMode: PoolMode;
  /** PgBouncer's max_prepared_statements; 0 means that named statements do not survive a transaction. */
  readonly maxPreparedStatements: number;
}

/** Azure's clouds. */
export type CloudName = 'public' | 'us-government' | 'china';

/** What a host name and port say about the server; see `endpoint/`. */
export interface Endpoint {
  readonly kind: 'flexible-server' | 'cosmos-cluster' | 'horizondb' | 'other';
  readonly cloud: CloudName | undefined;
  /** The port is one of the built-in PgBouncer's: 6432, or 8432 on an elastic cluster. */
  readonly pooled: boolean;
}

/**
 * Where a connection goes, who signs in, how it is secured and what the pooler on the way allows. Made by `resolveConnection`
 * only, frozen, and free of secrets: it can be logged, inspected and turned into JSON.
 */
export interface AzureConnection {
  /** Tried in this order (or a random one: {@link loadBalanceHosts}); never empty. */
  readonly hosts: readonly Host[];
  /** What the first host's name and port say. */
  readonly endpoint: Endpoint;
  /** undefined: the server takes the role's name, as with libpq. */
  readonly database: string | undefined;
  /** undefined: derived from the token's claims (auth "entra"). */
  readonly user: string | undefined;
  readonly auth: Auth;
  readonly entra: EntraSettings;
  readonly tls: TlsSettings;
  readonly pooling: Pooling;
  /** Whether an Entra token waits for the server to ask for it, or goes out with the startup message. */
  readonly sendToken: 'when_asked' | 'at_once';
  /** What to do with statements that the pooling mode breaks. */
  readonly sessionFeatures: 'warn' | 'error' | 'off';
  /** Startup parameters other than user and database: application_name, client_encoding, options, replication. */
  readonly startupParameters: Readonly<Record<string, string>>;
  /** Milliseconds for the whole of connecting: token, name, TCP, TLS, sign-in. 0 means no deadline. */
  readonly connectTimeout: number;
  /**
   * Milliseconds in which another attempt begins after a failure that passes by itself; 0: never. undefined: as long as connecting may take. Where it is longer
   * than {@link connectTimeout}, connecting takes as long.
   */
  readonly connectRetryTimeout: number | undefined;
  /** Milliseconds that a query may be without a byte of its server's before that is asked about, on another connection; 0: never. */
  readonly silenceCheckAfter: number;
  readonly tcp: TcpSettings;
  readonly targetSessionAttrs: TargetSessionAttrs;
  readonly loadBalanceHosts: 'disable' | 'random';
  /** libpq's require_auth; undefined allows every method. */
  readonly requireAuth: RequireAuth | undefined;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  /** The most SCRAM rounds that a server may ask for; 0: any number. */
  readonly scramMaxIterations: number;
  /** libpq's password file, for auth "password": read at sign-in where no password was given; see `passwordFromPassfile`. */
  readonly passfile: string | undefined;
  /** Where the server itself and the pooler listen, where the ports are not Azure's. */
  readonly directPort: number | undefined;
  readonly pooledPort: number | undefined;
  readonly logger: Logger | undefined;

  /** Which layer gave a setting, by libpq's keyword or ours ("host", "sslmode", "pool_mode", …). */
  sourceOf(setting: string): SettingSource | undefined;
  /** The same database without the pooler: 6432 becomes 5432, 8432 becomes 7432. Itself if there is none. */
  direct(): AzureConnection;
  /** The same database through the built-in PgBouncer: 5432 becomes 6432, 7432 becomes 8432. */
  pooled(): AzureConnection;
  /** A connection URI without secrets, which parses back to the same settings. */
  toString(): string;
  /** The settings without secrets, for logs. */
  toJSON(): Record<string, unknown>;
}
