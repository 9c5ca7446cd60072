/**
 * The settings that this library adds to libpq's, spelled as in a connection string. In an options object the camelCase
 * form ("poolMode") is taken as well.
 */
export const ownSettings = {
  /** entra | password | keyvault: how the sign-in is proven. */
  auth: {},
  /** The token's scope, where it does not follow from the host. */
  scope: {},
  /** The client id of a user-assigned managed identity, or of a service principal. */
  client_id: {},
  tenant_id: {},
  /** The Azure resource id of a user-assigned managed identity. */
  managed_identity_resource_id: {},
  /** The Entra sign-in service, where it does not follow from the host. */
  authority_host: {},
  /** Comma-separated names, beside Azure's and loopback, to which a token may go. ".example.org" allows every name below. */
  allowed_hosts: {},
  /** default | azure: "azure" trusts Azure's own root certificates and nothing else. */
  trust: {},
  /** The name that the server's certificate must bear, where private DNS renames the host. */
  ssl_server_name: {},
  /** none | session | transaction | statement | detect. */
  pool_mode: {},
  /** PgBouncer's max_prepared_statements. */
  max_prepared_statements: {},
  /** true | false: short for pool_mode=transaction and pool_mode=none. */
  pgbouncer: {},
  /** warn | error | off: what to do with statements that the pooling mode breaks. */
  session_features: {},
  /** Where the server listens beside the pooler, and the pooler beside the server, where the ports are not Azure's. */
  direct_port: {},
  pooled_port: {},
  /** The service file to read instead of PGSERVICEFILE's (libpq has this keyword from version 19 on). */
  servicefile: {},
  /** true: pg's switch for libpq's sslmode semantics. They hold here always, so it asks for nothing. */
  uselibpqcompat: {},
} as const;
