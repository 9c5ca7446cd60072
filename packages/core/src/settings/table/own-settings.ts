/**
 * The settings that this library adds to libpq's, spelled as in a connection string. In an options object the camelCase
 * form ("poolMode") is taken as well.
 */
export const ownSettings = {
  auth: {
    kind: 'choice',
    values: ['entra', 'password', 'keyvault'],
    otherwise: 'see below',
    doc: 'How the sign-in is proven: with an Entra token, a password, or a password kept in Azure Key Vault.',
  },
  scope: {
    variable: 'AZURE_PG_SCOPE',
    kind: 'text',
    otherwise: 'by the host’s cloud',
    doc: 'What the token is for.',
  },
  management_scope: {
    variable: 'AZURE_PG_MANAGEMENT_SCOPE',
    kind: 'text',
    otherwise: 'by the host’s cloud',
    doc: 'The scope of the token that names a managed identity, requested if no user is given; `off`: never requested.',
  },
  client_id: {
    kind: 'text',
    otherwise: '@azure/identity’s own choice',
    doc: 'The client id of a user-assigned managed identity or a service principal.',
  },
  tenant_id: {
    kind: 'text',
    otherwise: '@azure/identity’s own choice',
    doc: 'The Entra tenant in which the identity signs in.',
  },
  managed_identity_resource_id: {
    kind: 'text',
    doc: 'The Azure resource id of a user-assigned managed identity, instead of `client_id`.',
  },
  azure_identity: {
    kind: 'choice',
    values: ['when_needed', 'always'],
    default: 'when_needed',
    doc: '`always` gets every token from @azure/identity; `when_needed` asks for a managed or workload identity’s without it.',
  },
  authority_host: {
    kind: 'text',
    otherwise: '`AZURE_AUTHORITY_HOST`, otherwise by the host’s cloud',
    doc: 'The Entra sign-in service, `https://HOST`.',
  },
  allowed_hosts: {
    variable: 'AZURE_PG_ALLOWED_HOSTS',
    kind: 'list',
    otherwise: 'none',
    doc: 'Names, besides Azure’s hosts and this machine, to which a token may go; `.example.org` allows every name below.',
  },
  trust: {
    kind: 'choice',
    values: ['default', 'azure'],
    default: 'default',
    doc: '`azure` trusts Azure’s own root certificates and nothing else.',
  },
  ssl_server_name: {
    kind: 'text',
    otherwise: 'the host',
    doc: 'The name that the server’s certificate must contain, where private DNS renames the host. For a token it must be Azure’s or in `allowed_hosts`.',
  },
  send_token: {
    kind: 'choice',
    values: ['when_asked', 'at_once'],
    default: 'when_asked',
    doc: '`at_once` sends an Entra token with the startup message, which saves a round trip; only to a server whose certificate and name are verified.',
  },
  pool_mode: {
    kind: 'choice',
    values: ['none', 'session', 'transaction', 'statement', 'detect'],
    otherwise: '`transaction` on Azure’s ports 6432 and 8432, otherwise `none`',
    doc: 'PgBouncer’s pool_mode, if there is one in between; `detect` asks the live server.',
  },
  max_prepared_statements: {
    kind: 'integer',
    range: [0, 2_147_483_647],
    default: 0,
    doc: 'PgBouncer’s max_prepared_statements; 0 as on Azure.',
  },
  pgbouncer: {
    kind: 'switch',
    doc: 'Short for `pool_mode=transaction` (true) and `pool_mode=none` (false).',
  },
  session_features: {
    kind: 'choice',
    values: ['warn', 'error', 'off'],
    default: 'warn',
    doc: 'What to do with statements that the pooling mode breaks.',
  },
  scram_max_iterations: {
    kind: 'integer',
    range: [0, 2_147_483_647],
    default: 100_000,
    doc: 'The most SCRAM rounds that a server may ask for; 0: any number. PostgreSQL asks for 4,096.',
  },
  connect_retry_timeout: {
    kind: 'integer',
    emptyIsUnset: true,
    otherwise: '`connect_timeout`',
    doc: 'For how many seconds connecting is tried again after what passes by itself (a refused connection, a restart, a failover); 0: never. A server on this machine is waited for only if it was there before.',
  },
  silence_check_after: {
    kind: 'integer',
    emptyIsUnset: true,
    default: 10,
    doc: 'After so many seconds without a byte during a query the server is asked, on another connection, whether it still runs it; 0: never. The connection is given up only when the server is gone, or does not.',
  },
  direct_port: {
    kind: 'integer',
    range: [1, 65_535],
    emptyIsUnset: true,
    otherwise: 'Azure’s: 5432 for 6432, 7432 for 8432',
    doc: 'Where the server listens without the pooler, for `connection.direct()`.',
  },
  pooled_port: {
    kind: 'integer',
    range: [1, 65_535],
    emptyIsUnset: true,
    otherwise: 'Azure’s: 6432 for 5432, 8432 for 7432',
    doc: 'Where the pooler listens, for `connection.pooled()`.',
  },
  servicefile: {
    variable: 'PGSERVICEFILE',
    kind: 'text',
    otherwise: '`~/.pg_service.conf`',
    doc: 'The service file to read. libpq has this keyword from version 19 on.',
  },
  uselibpqcompat: {
    kind: 'switch',
    emptyIsUnset: true,
    refused: { false: "sslmode always means what libpq's does" },
    doc: '`true`, pg’s switch for libpq’s sslmode semantics, asks for what is always the case; `false` is refused.',
  },
} as const;
