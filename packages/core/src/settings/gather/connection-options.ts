import type { Auth, PoolMode, SslMode, TargetSessionAttrs } from '../../connection/connection.ts';
import type { PasswordFunction } from '../../connection/password-function.ts';
import type { TokenCredential } from '../../connection/token-credential.ts';
import type { Logger } from '../../notices/logger.ts';

/**
 * The settings of an options object, as libpq and this library spell them. Each is also taken in camelCase
 * (`connectTimeout` for `connect_timeout`). What each does: docs/connection-strings.md and
 * https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
export interface KeywordOptions {
  /** A host name, an address or a Unix socket's folder; several with commas or as an array. */
  host?: string | readonly string[] | undefined;
  /** Addresses to connect to instead of resolving `host`. */
  hostaddr?: string | readonly string[] | undefined;
  port?: number | string | readonly (number | string)[] | undefined;
  dbname?: string | undefined;
  user?: string | undefined;
  /** A password, a function that is asked at every sign-in, or (auth "keyvault") the secret's URI. */
  password?: string | PasswordFunction | undefined;
  passfile?: string | undefined;
  service?: string | undefined;
  servicefile?: string | undefined;
  /** Seconds for the whole of connecting; 0: no deadline. Default 30. */
  connect_timeout?: number | string | undefined;
  application_name?: string | undefined;
  fallback_application_name?: string | undefined;
  client_encoding?: string | undefined;
  /** Command-line options for the server: "-c statement_timeout=5s". */
  options?: string | undefined;
  replication?: string | boolean | undefined;
  keepalives?: boolean | number | string | undefined;
  /** Seconds. */
  keepalives_idle?: number | string | undefined;
  /** Seconds. */
  keepalives_interval?: number | string | undefined;
  keepalives_count?: number | string | undefined;
  tcp_user_timeout?: number | string | undefined;
  target_session_attrs?: TargetSessionAttrs | undefined;
  load_balance_hosts?: 'disable' | 'random' | undefined;
  channel_binding?: 'disable' | 'prefer' | 'require' | undefined;
  require_auth?: string | readonly string[] | undefined;
  sslmode?: SslMode | undefined;
  sslnegotiation?: 'postgres' | 'direct' | undefined;
  /** A file, a folder, PEM text or "system"; an array for several. */
  sslrootcert?: string | readonly string[] | undefined;
  sslcert?: string | undefined;
  sslkey?: string | undefined;
  sslpassword?: string | undefined;
  sslcertmode?: 'disable' | 'allow' | 'require' | undefined;
  sslcrl?: string | undefined;
  sslcrldir?: string | undefined;
  sslsni?: boolean | number | string | undefined;
  sslcompression?: boolean | number | string | undefined;
  ssl_min_protocol_version?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  ssl_max_protocol_version?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  sslkeylogfile?: string | undefined;
  min_protocol_version?: '3.0' | '3.2' | 'latest' | undefined;
  max_protocol_version?: '3.0' | '3.2' | 'latest' | undefined;
  requirepeer?: string | undefined;
  gssencmode?: 'disable' | 'prefer' | 'require' | undefined;
  krbsrvname?: string | undefined;
  gsslib?: string | undefined;
  gssdelegation?: boolean | number | string | undefined;
  scram_client_key?: string | undefined;
  scram_server_key?: string | undefined;
  oauth_issuer?: string | undefined;
  oauth_client_id?: string | undefined;
  oauth_client_secret?: string | undefined;
  oauth_scope?: string | undefined;

  /** How the sign-in is proven. Default: "password" where one is given, "entra" for Azure hosts, else "password". */
  auth?: Auth | undefined;
  /** The token's scope. Default: by the host's cloud. */
  scope?: string | undefined;
  /** The client id of a user-assigned managed identity or a service principal. */
  client_id?: string | undefined;
  tenant_id?: string | undefined;
  managed_identity_resource_id?: string | undefined;
  /** The Entra sign-in service. Default: by the host's cloud, or AZURE_AUTHORITY_HOST. */
  authority_host?: string | undefined;
  /** Names, beside Azure's and loopback, to which a token may go; ".example.org" allows every name below. */
  allowed_hosts?: string | readonly string[] | undefined;
  trust?: 'default' | 'azure' | undefined;
  /** The name that the server's certificate must bear, where private DNS renames the host. */
  ssl_server_name?: string | undefined;
  /** Default: "transaction" on Azure's ports 6432 and 8432, else "none". */
  pool_mode?: PoolMode | undefined;
  /** PgBouncer's max_prepared_statements. Default 0, as on Azure. */
  max_prepared_statements?: number | string | undefined;
  /** Short for pool_mode "transaction" (true) and "none" (false). */
  pgbouncer?: boolean | string | undefined;
  session_features?: 'warn' | 'error' | 'off' | undefined;
  /** Where the server listens beside the pooler, and the pooler beside the server, where the ports are not Azure's. */
  direct_port?: number | string | undefined;
  pooled_port?: number | string | undefined;
  uselibpqcompat?: boolean | string | undefined;
}

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/**
 * The options of `resolveConnection` and, beside the driver's own, of every adapter. A value of undefined counts as not given;
 * an unknown name is an error.
 */
export type ConnectionOptions = KeywordOptions & {
  [Name in keyof KeywordOptions as CamelCase<Name>]?: KeywordOptions[Name];
} & {
  /** A URI or keyword/value pairs; every other option wins over it. */
  connectionString?: string | undefined;
  /** The drivers' word for dbname. */
  database?: string | undefined;
  /** Any TokenCredential of @azure/identity. Default: DefaultAzureCredential, made when the first token is needed. */
  credential?: TokenCredential | undefined;
  /** Gives a token at every sign-in; it is used as it is, and caching is its own business. */
  tokenProvider?: (() => Promise<string>) | undefined;
  logger?: Logger | undefined;
};
