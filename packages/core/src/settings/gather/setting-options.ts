// Made from settings/table by a test, which says when this file is out of date; change the table.
import type { PasswordFunction } from '../../connection/password-function.ts';

/** Every setting as an option, in libpq's spelling and in camelCase; not in both at once. */
export interface SettingOptions {
  /** The name of a service, whose settings are in a service file. LDAP is refused. */
  service?: string | undefined;
  /** The role. Default: with Entra from the token, otherwise the name of the operating system’s user. */
  user?: string | undefined;
  /** A password; with `auth=keyvault` the URI of a secret. As an option also a function, called at every sign-in. */
  password?: string | PasswordFunction | undefined;
  /** The password file, read at every sign-in with a password, for the host that is being tried. Never read with Entra. Default: `~/.pgpass`. */
  passfile?: string | undefined;
  /** Whether SCRAM must be bound to the TLS channel. `require` excludes Entra. Default: `prefer`. */
  channel_binding?: 'disable' | 'prefer' | 'require' | undefined;
  /** Whether SCRAM must be bound to the TLS channel. `require` excludes Entra. Default: `prefer`. */
  channelBinding?: 'disable' | 'prefer' | 'require' | undefined;
  /** Seconds for all of connecting; 0 or less: no limit. Default: `30`. */
  connect_timeout?: number | string | undefined;
  /** Seconds for all of connecting; 0 or less: no limit. Default: `30`. */
  connectTimeout?: number | string | undefined;
  /** The database. As an option also `database`. Default: the name of the role. */
  dbname?: string | undefined;
  /** A host name, an address, or the folder of a Unix socket; several are tried in order. Default: `localhost`. */
  host?: string | readonly string[] | undefined;
  /** Addresses to connect to instead of resolving `host`. */
  hostaddr?: string | readonly string[] | undefined;
  /** One port for all hosts, or one for each. Default: 5432. */
  port?: number | string | readonly (number | string)[] | undefined;
  /** `UTF8` or `auto`: the drivers read everything as UTF-8. Default: `UTF8`. */
  client_encoding?: string | undefined;
  /** `UTF8` or `auto`: the drivers read everything as UTF-8. Default: `UTF8`. */
  clientEncoding?: string | undefined;
  /** Server options, like `-c statement_timeout=5s`; through a pooler only those that PgBouncer takes. */
  options?: string | undefined;
  /** Shown in pg_stat_activity and in the server’s log. Default: `fallback_application_name`. */
  application_name?: string | undefined;
  /** Shown in pg_stat_activity and in the server’s log. Default: `fallback_application_name`. */
  applicationName?: string | undefined;
  /** The `application_name` if none is given. */
  fallback_application_name?: string | undefined;
  /** The `application_name` if none is given. */
  fallbackApplicationName?: string | undefined;
  /** TCP keepalive probes. Default: `1`. */
  keepalives?: boolean | number | string | undefined;
  /** Seconds of silence before the first probe. Azure’s load balancers drop silent flows after 4 minutes. Default: `60`. */
  keepalives_idle?: number | string | undefined;
  /** Seconds of silence before the first probe. Azure’s load balancers drop silent flows after 4 minutes. Default: `60`. */
  keepalivesIdle?: number | string | undefined;
  /** Seconds between probes; 0: Node’s own, 1 second. Refused where this Node.js cannot set it. Default: `0`. */
  keepalives_interval?: number | string | undefined;
  /** Seconds between probes; 0: Node’s own, 1 second. Refused where this Node.js cannot set it. Default: `0`. */
  keepalivesInterval?: number | string | undefined;
  /** Lost probes that end the connection; 0: Node’s own, 10. Refused where this Node.js cannot set it. Default: `0`. */
  keepalives_count?: number | string | undefined;
  /** Lost probes that end the connection; 0: Node’s own, 10. Refused where this Node.js cannot set it. Default: `0`. */
  keepalivesCount?: number | string | undefined;
  /** Only 0: Node.js cannot set TCP_USER_TIMEOUT. Default: `0`. */
  tcp_user_timeout?: number | string | undefined;
  /** Only 0: Node.js cannot set TCP_USER_TIMEOUT. Default: `0`. */
  tcpUserTimeout?: number | string | undefined;
  /** Whether TLS is used, and how far the server is verified. Default: `verify-full` for Azure’s hosts, for Entra, and with `sslrootcert=system`; otherwise `prefer`. */
  sslmode?: 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full' | undefined;
  /** `direct` begins with the TLS handshake instead of asking for it; needs `sslmode=require` or stricter. Default: `postgres`. */
  sslnegotiation?: 'postgres' | 'direct' | undefined;
  /** Only 0. */
  sslcompression?: boolean | number | string | undefined;
  /** The client certificate: a file or PEM text. */
  sslcert?: string | Uint8Array | undefined;
  /** The key of the client certificate: a file that nobody else may read (mode 0600; 0640 where root owns it), or PEM text. */
  sslkey?: string | Uint8Array | undefined;
  /** Whether a client certificate is sent. For `require` see difference 15. Default: `allow`. */
  sslcertmode?: 'disable' | 'allow' | 'require' | undefined;
  /** The passphrase of `sslkey`. */
  sslpassword?: string | undefined;
  /** The roots to trust: a file, a folder, PEM text or `system`; several, one per line. Default: Node’s, the system’s and Azure’s roots. */
  sslrootcert?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** Revoked certificates: a file or PEM text. */
  sslcrl?: string | Uint8Array | undefined;
  /** A folder of revocation lists. */
  sslcrldir?: string | undefined;
  /** Whether the host’s name is sent in the TLS handshake. Default: `1`. */
  sslsni?: boolean | number | string | undefined;
  /** Refused for Unix sockets: Node.js cannot tell whose process is behind one. Asks for nothing elsewhere. */
  requirepeer?: string | undefined;
  /** The authentication methods that the server may ask for: `password`, `md5`, `scram-sha-256`, `none`, or each with `!`. Entra needs `password`. Default: every method. */
  require_auth?: string | readonly string[] | undefined;
  /** The authentication methods that the server may ask for: `password`, `md5`, `scram-sha-256`, `none`, or each with `!`. Entra needs `password`. Default: every method. */
  requireAuth?: string | readonly string[] | undefined;
  /** Protocol 3.0 is spoken; a minimum above it is refused. */
  min_protocol_version?: '3.0' | '3.2' | 'latest' | undefined;
  /** Protocol 3.0 is spoken; a minimum above it is refused. */
  minProtocolVersion?: '3.0' | '3.2' | 'latest' | undefined;
  /** Accepted: protocol 3.0 is below every maximum. */
  max_protocol_version?: '3.0' | '3.2' | 'latest' | undefined;
  /** Accepted: protocol 3.0 is below every maximum. */
  maxProtocolVersion?: '3.0' | '3.2' | 'latest' | undefined;
  /** The oldest TLS version allowed. Default: `TLSv1.2`. */
  ssl_min_protocol_version?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** The oldest TLS version allowed. Default: `TLSv1.2`. */
  sslMinProtocolVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** The newest TLS version allowed. */
  ssl_max_protocol_version?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** The newest TLS version allowed. */
  sslMaxProtocolVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** GSSAPI encryption is never used: `require` is refused. */
  gssencmode?: 'disable' | 'prefer' | 'require' | undefined;
  /** Accepted: says how GSSAPI would be used, if it were. */
  krbsrvname?: string | undefined;
  /** Accepted: says how GSSAPI would be used, if it were. */
  gsslib?: string | undefined;
  /** Only 0. */
  gssdelegation?: boolean | number | string | undefined;
  /** `true`, `false` or `database`: a connection for replication. */
  replication?: boolean | string | undefined;
  /** Which kind of server is acceptable. Default: `any`. */
  target_session_attrs?:
    | 'any'
    | 'read-write'
    | 'read-only'
    | 'primary'
    | 'standby'
    | 'prefer-standby'
    | undefined;
  /** Which kind of server is acceptable. Default: `any`. */
  targetSessionAttrs?:
    | 'any'
    | 'read-write'
    | 'read-only'
    | 'primary'
    | 'standby'
    | 'prefer-standby'
    | undefined;
  /** `random` tries hosts and addresses in random order. Default: `disable`. */
  load_balance_hosts?: 'disable' | 'random' | undefined;
  /** `random` tries hosts and addresses in random order. Default: `disable`. */
  loadBalanceHosts?: 'disable' | 'random' | undefined;
  /** Refused. */
  scram_client_key?: string | undefined;
  /** Refused. */
  scramClientKey?: string | undefined;
  /** Refused. */
  scram_server_key?: string | undefined;
  /** Refused. */
  scramServerKey?: string | undefined;
  /** Refused: Entra tokens do not need PostgreSQL’s own OAuth. */
  oauth_issuer?: string | undefined;
  /** Refused: Entra tokens do not need PostgreSQL’s own OAuth. */
  oauthIssuer?: string | undefined;
  /** Refused; for Entra write `client_id`. */
  oauth_client_id?: string | undefined;
  /** Refused; for Entra write `client_id`. */
  oauthClientId?: string | undefined;
  /** Refused. */
  oauth_client_secret?: string | undefined;
  /** Refused. */
  oauthClientSecret?: string | undefined;
  /** Refused; for Entra write `scope`. */
  oauth_scope?: string | undefined;
  /** Refused; for Entra write `scope`. */
  oauthScope?: string | undefined;
  /** Refused: TLS keys are never written to a file. */
  sslkeylogfile?: string | undefined;
  /** How the sign-in is proven: with an Entra token, a password, or a password kept in Azure Key Vault. */
  auth?: 'entra' | 'password' | 'keyvault' | undefined;
  /** What the token is for. Default: by the host’s cloud. */
  scope?: string | undefined;
  /** The scope of the token that names a managed identity, requested if no user is given; `off`: never requested. Default: by the host’s cloud. */
  management_scope?: string | undefined;
  /** The scope of the token that names a managed identity, requested if no user is given; `off`: never requested. Default: by the host’s cloud. */
  managementScope?: string | undefined;
  /** The client id of a user-assigned managed identity or a service principal. Default: @azure/identity’s own choice. */
  client_id?: string | undefined;
  /** The client id of a user-assigned managed identity or a service principal. Default: @azure/identity’s own choice. */
  clientId?: string | undefined;
  /** The Entra tenant in which the identity signs in. Default: @azure/identity’s own choice. */
  tenant_id?: string | undefined;
  /** The Entra tenant in which the identity signs in. Default: @azure/identity’s own choice. */
  tenantId?: string | undefined;
  /** The Azure resource id of a user-assigned managed identity, instead of `client_id`. */
  managed_identity_resource_id?: string | undefined;
  /** The Azure resource id of a user-assigned managed identity, instead of `client_id`. */
  managedIdentityResourceId?: string | undefined;
  /** `always` gets every token from @azure/identity; `when_needed` asks for a managed or workload identity’s without it. Default: `when_needed`. */
  azure_identity?: 'when_needed' | 'always' | undefined;
  /** `always` gets every token from @azure/identity; `when_needed` asks for a managed or workload identity’s without it. Default: `when_needed`. */
  azureIdentity?: 'when_needed' | 'always' | undefined;
  /** The Entra sign-in service, `https://HOST`. Default: `AZURE_AUTHORITY_HOST`, otherwise by the host’s cloud. */
  authority_host?: string | undefined;
  /** The Entra sign-in service, `https://HOST`. Default: `AZURE_AUTHORITY_HOST`, otherwise by the host’s cloud. */
  authorityHost?: string | undefined;
  /** Names, besides Azure’s hosts and this machine, to which a token may go; `.example.org` allows every name below. Default: none. */
  allowed_hosts?: string | readonly string[] | undefined;
  /** Names, besides Azure’s hosts and this machine, to which a token may go; `.example.org` allows every name below. Default: none. */
  allowedHosts?: string | readonly string[] | undefined;
  /** `azure` trusts Azure’s own root certificates and nothing else. Default: `default`. */
  trust?: 'default' | 'azure' | undefined;
  /** The name that the server’s certificate must contain, where private DNS renames the host. For a token it must be Azure’s or in `allowed_hosts`. Default: the host. */
  ssl_server_name?: string | undefined;
  /** The name that the server’s certificate must contain, where private DNS renames the host. For a token it must be Azure’s or in `allowed_hosts`. Default: the host. */
  sslServerName?: string | undefined;
  /** `at_once` sends an Entra token with the startup message, which saves a round trip; only to a server whose certificate and name are verified. Default: `when_asked`. */
  send_token?: 'when_asked' | 'at_once' | undefined;
  /** `at_once` sends an Entra token with the startup message, which saves a round trip; only to a server whose certificate and name are verified. Default: `when_asked`. */
  sendToken?: 'when_asked' | 'at_once' | undefined;
  /** PgBouncer’s pool_mode, if there is one in between; `detect` asks the live server. Default: `transaction` on Azure’s ports 6432 and 8432, otherwise `none`. */
  pool_mode?: 'none' | 'session' | 'transaction' | 'statement' | 'detect' | undefined;
  /** PgBouncer’s pool_mode, if there is one in between; `detect` asks the live server. Default: `transaction` on Azure’s ports 6432 and 8432, otherwise `none`. */
  poolMode?: 'none' | 'session' | 'transaction' | 'statement' | 'detect' | undefined;
  /** PgBouncer’s max_prepared_statements; 0 as on Azure. Default: `0`. */
  max_prepared_statements?: number | string | undefined;
  /** PgBouncer’s max_prepared_statements; 0 as on Azure. Default: `0`. */
  maxPreparedStatements?: number | string | undefined;
  /** Short for `pool_mode=transaction` (true) and `pool_mode=none` (false). */
  pgbouncer?: boolean | string | undefined;
  /** What to do with statements that the pooling mode breaks. Default: `warn`. */
  session_features?: 'warn' | 'error' | 'off' | undefined;
  /** What to do with statements that the pooling mode breaks. Default: `warn`. */
  sessionFeatures?: 'warn' | 'error' | 'off' | undefined;
  /** The most SCRAM rounds that a server may ask for; 0: any number. PostgreSQL asks for 4,096. Default: `100000`. */
  scram_max_iterations?: number | string | undefined;
  /** The most SCRAM rounds that a server may ask for; 0: any number. PostgreSQL asks for 4,096. Default: `100000`. */
  scramMaxIterations?: number | string | undefined;
  /** For how many seconds connecting is tried again after what passes by itself (a refused connection, a restart, a failover); 0: never. A server on this machine is waited for only if it was there before. Default: `connect_timeout`. */
  connect_retry_timeout?: number | string | undefined;
  /** For how many seconds connecting is tried again after what passes by itself (a refused connection, a restart, a failover); 0: never. A server on this machine is waited for only if it was there before. Default: `connect_timeout`. */
  connectRetryTimeout?: number | string | undefined;
  /** After so many seconds without a byte during a query the server is asked, on another connection, whether it still runs it; 0: never. The connection is given up only when the server is gone, or does not. Default: `10`. */
  silence_check_after?: number | string | undefined;
  /** After so many seconds without a byte during a query the server is asked, on another connection, whether it still runs it; 0: never. The connection is given up only when the server is gone, or does not. Default: `10`. */
  silenceCheckAfter?: number | string | undefined;
  /** Where the server listens without the pooler, for `connection.direct()`. Default: Azure’s: 5432 for 6432, 7432 for 8432. */
  direct_port?: number | string | undefined;
  /** Where the server listens without the pooler, for `connection.direct()`. Default: Azure’s: 5432 for 6432, 7432 for 8432. */
  directPort?: number | string | undefined;
  /** Where the pooler listens, for `connection.pooled()`. Default: Azure’s: 6432 for 5432, 8432 for 7432. */
  pooled_port?: number | string | undefined;
  /** Where the pooler listens, for `connection.pooled()`. Default: Azure’s: 6432 for 5432, 8432 for 7432. */
  pooledPort?: number | string | undefined;
  /** The service file to read. libpq has this keyword from version 19 on. Default: `~/.pg_service.conf`. */
  servicefile?: string | undefined;
  /** `true`, pg’s switch for libpq’s sslmode semantics, asks for what is always the case; `false` is refused. */
  uselibpqcompat?: boolean | string | undefined;
}
