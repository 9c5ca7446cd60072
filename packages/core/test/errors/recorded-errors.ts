import { AzurePgError, type AzurePgErrorCode, resolveConnection } from '@azure-pg/core';

/** What a program sees of one known failure. */
export interface RecordedError {
  readonly code: string;
  readonly from: string;
  readonly error: unknown;
  /** A connection URL, where the explanation needs one. */
  readonly url?: string;
}

export const azure = 'postgresql://db.postgres.database.azure.com/app';
export const pooled = 'postgresql://db.postgres.database.azure.com:6432/app';
export const withPassword = 'postgresql://ada:secret-word@db.postgres.database.azure.com/app';

export const connectionTo = (url: string) => resolveConnection(url, undefined, {});

/** As pg and postgres.js throw what a server said. */
export function server(code: string, message: string, name = 'error'): Error {
  return Object.assign(new Error(message), { name, severity: 'FATAL', code, routine: 'auth_failed' });
}

export function system(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

export function ours(code: AzurePgErrorCode, message: string, cause?: unknown): AzurePgError {
  return new AzurePgError(code, message, { hint: 'The own hint.', cause });
}

/** As the core throws what @azure/identity said. */
export function noToken(reason: string, more: object = {}): AzurePgError {
  return ours(
    'TOKEN_UNAVAILABLE',
    `No Entra token for https://ossrdbms-aad.database.windows.net/.default: ${reason}`,
    Object.assign(new Error(reason), { name: 'CredentialUnavailableError' }, more),
  );
}

const identity = 'ManagedIdentityCredential';

/** Texts of the servers, drivers and libraries themselves, at least one for each row of the table. */
export const recordedErrors: readonly RecordedError[] = [
  // Settings
  {
    code: 'key-vault-reference-unresolved',
    from: 'core',
    error: ours('INVALID_SETTING', 'An unresolved Key Vault reference stands in password (from PGPASSWORD)'),
  },
  {
    code: 'connection-string-invalid',
    from: 'core',
    error: ours('INVALID_CONNECTION_STRING', 'The connection string is empty'),
  },
  {
    code: 'connection-string-invalid',
    from: 'postgres.js',
    error: Object.assign(new TypeError('Invalid URL'), {
      code: 'ERR_INVALID_URL',
      input: 'postgres://a:b@[',
    }),
  },
  {
    code: 'certificate-file',
    from: 'core',
    error: ours('CERTIFICATE_FILE', '"/x" (from sslrootcert) does not exist'),
  },
  { code: 'insecure-connection', from: 'core', error: ours('INSECURE_CONNECTION', 'sslmode=disable') },
  {
    code: 'host-not-allowed',
    from: 'core',
    error: ours('HOST_NOT_ALLOWED', '"db.example" is not a host of Azure'),
  },
  { code: 'role-unknown', from: 'core', error: ours('ROLE_UNKNOWN', 'No user is named') },
  { code: 'password-missing', from: 'core', error: ours('PASSWORD_MISSING', 'The server wants a password') },
  {
    code: 'password-missing',
    from: 'pg',
    error: new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
  },
  {
    code: 'pooler-refuses-startup-parameter',
    from: 'PgBouncer',
    error: server('08P01', 'unsupported startup parameter: statement_timeout'),
  },
  {
    code: 'pooler-refuses-startup-parameter',
    from: 'PgBouncer',
    error: server('08P01', 'unsupported startup parameter in options: search_path'),
  },
  {
    code: 'pooler-refuses-startup-parameter',
    from: 'core',
    error: ours(
      'POOLER_UNSUPPORTED',
      'PgBouncer refuses the startup parameter lock_timeout (from pg’s options)',
    ),
  },
  { code: 'pooler-unsupported', from: 'core', error: ours('POOLER_UNSUPPORTED', 'LISTEN needs a session') },
  {
    code: 'missing-dependency',
    from: 'core',
    error: ours('MISSING_DEPENDENCY', '@azure/identity is not installed'),
  },
  { code: 'setting-invalid', from: 'core', error: ours('INVALID_SETTING', 'Unknown setting "ssl_mode"') },

  // Token and secret
  {
    code: 'clock-wrong',
    from: 'core',
    error: noToken(`${identity} gave a token that expired at 2026-01-01T00:00:00.000Z`),
  },
  {
    code: 'clock-wrong',
    from: 'Entra',
    error: noToken('invalid_client: AADSTS700024: Client assertion is not within its valid time range.'),
  },
  {
    code: 'client-secret-invalid',
    from: 'Entra',
    error: noToken('invalid_client: Error(s): 7000215 AADSTS7000215: Invalid client secret provided.'),
  },
  {
    code: 'client-secret-invalid',
    from: 'Entra',
    error: noToken('invalid_client: AADSTS7000222: The provided client secret keys are expired.'),
  },
  {
    code: 'application-not-found',
    from: 'Entra',
    error: noToken(
      'unauthorized_client: AADSTS700016: Application with identifier X was not found in the directory',
    ),
  },
  {
    code: 'tenant-not-found',
    from: 'Entra',
    error: noToken("invalid_request: AADSTS90002: Tenant 'x' not found."),
  },
  {
    code: 'federation-failed',
    from: 'Entra',
    error: noToken(
      'invalid_client: AADSTS700213: No matching federated identity record found for presented assertion',
    ),
  },
  {
    code: 'scope-unknown',
    from: 'Entra',
    error: noToken(
      'invalid_resource: AADSTS500011: The resource principal named X was not found in the tenant',
    ),
  },
  {
    code: 'interaction-required',
    from: 'Entra',
    error: noToken(
      'invalid_grant: AADSTS50076: Due to a configuration change you must use multi-factor authentication',
    ),
  },
  {
    code: 'managed-identity-not-found',
    from: 'IMDS',
    error: noToken(`${identity}: Authentication failed. Message invalid_request: Identity not found`),
  },
  {
    code: 'token-service-untrusted',
    from: '@azure/identity',
    error: noToken('ClientSecretCredential: self-signed certificate in certificate chain', {
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
    }),
  },
  { code: 'token-service-busy', from: '@azure/identity', error: noToken('too many', { statusCode: 429 }) },
  {
    code: 'token-service-failing',
    from: '@azure/identity',
    error: noToken('server_error', { statusCode: 500 }),
  },
  {
    code: 'no-credential',
    from: '@azure/identity',
    error: Object.assign(
      new Error(
        'ChainedTokenCredential authentication failed.\nCredentialUnavailableError: EnvironmentCredential is unavailable. No underlying credential could be used.\nCredentialUnavailableError: ManagedIdentityCredential: Authentication failed. Message Attempted to use the IMDS endpoint, but it is not available.',
      ),
      { name: 'AggregateAuthenticationError' },
    ),
  },
  {
    code: 'no-credential',
    from: '@azure/identity',
    error: noToken(
      "AzureCliCredential: Please run 'az login' from a command prompt to authenticate before using this credential.",
    ),
  },
  {
    code: 'token-service-silent',
    from: 'core',
    error: ours('TOKEN_UNAVAILABLE', `No Entra token for X: ${identity} did not answer within 4 seconds`),
  },
  {
    code: 'token-service-silent',
    from: '@azure/identity',
    error: noToken(`${identity}: Network unreachable. Message: Network request failed`, {
      code: 'ECONNREFUSED',
    }),
  },
  { code: 'token-unavailable', from: 'core', error: noToken('MyCredential: something of its own') },
  {
    code: 'token-unavailable',
    from: '@azure/identity',
    error: Object.assign(new Error('strange Status code: 400'), {
      name: 'AuthenticationError',
      errorResponse: {},
    }),
  },
  {
    code: 'key-vault-forbidden',
    from: 'core',
    error: ours(
      'KEY_VAULT',
      'The secret could not be read',
      Object.assign(new Error('no'), { statusCode: 403 }),
    ),
  },
  {
    code: 'key-vault-secret-not-found',
    from: 'core',
    error: ours(
      'KEY_VAULT',
      'The secret could not be read',
      Object.assign(new Error('no'), { statusCode: 404 }),
    ),
  },
  { code: 'key-vault-failed', from: 'core', error: ours('KEY_VAULT', 'The secret could not be read') },

  // Sign-in
  {
    code: 'token-expired',
    from: 'Azure',
    error: server('28P01', 'The access token has expired. Please acquire a new token and retry'),
  },
  {
    code: 'token-audience-wrong',
    from: 'Azure',
    error: server(
      '28000',
      'The access token does not have a valid audience claim. Please acquire a new token for the resource "https://ossrdbms-aad.database.windows.net".',
    ),
  },
  {
    code: 'token-format-invalid',
    from: 'Azure',
    error: server('28P01', 'The access token has invalid format. Please acquire a new token and retry.'),
  },
  {
    code: 'token-not-valid',
    from: 'Azure',
    error: server(
      '28P01',
      'An error occurred while validating the access token. Please acquire a new token and retry.',
    ),
  },
  {
    code: 'token-kind-application',
    from: 'Azure',
    error: server(
      '28000',
      'Azure AD user token for role[ada@example.org] is neither an AAD_AUTH_TOKENTYPE_APP_USER or an AAD_AUTH_TOKENTYPE_APP_OBO token.',
    ),
  },
  {
    code: 'token-kind-user',
    from: 'Azure',
    error: server(
      '28000',
      'Service Principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role[app]',
    ),
  },
  {
    code: 'token-too-long-for-pooler',
    from: 'PgBouncer',
    error: server('08P01', 'client sent partial pkt in startup phase'),
  },
  {
    code: 'token-too-long-for-pooler',
    from: 'PgBouncer',
    error: server('08P01', 'password authentication failed'),
    url: pooled,
  },
  {
    code: 'role-not-mapped',
    from: 'Azure',
    error: server('28P01', 'password authentication failed for user "app"'),
    url: azure,
  },
  {
    code: 'password-wrong',
    from: 'PostgreSQL',
    error: server('28P01', 'password authentication failed for user "ada"'),
    url: withPassword,
  },
  { code: 'password-wrong', from: 'PgBouncer', error: server('08P01', 'SASL authentication failed') },
  {
    code: 'role-missing',
    from: 'PostgreSQL',
    error: server('28000', 'role "ada" is not permitted to log in'),
  },
  { code: 'role-missing', from: 'PgBouncer', error: server('08P01', 'no such user: ada') },
  {
    code: 'plaintext-refused',
    from: 'PostgreSQL',
    error: server(
      '28000',
      'no pg_hba.conf entry for host "10.0.0.4", user "ada", database "app", no encryption',
    ),
  },
  { code: 'plaintext-refused', from: 'PgBouncer', error: server('08P01', 'SSL required') },
  {
    code: 'address-not-allowed',
    from: 'PostgreSQL',
    error: server(
      '28000',
      'no pg_hba.conf entry for host "203.0.113.9", user "ada", database "app", SSL encryption',
    ),
  },
  {
    code: 'address-not-allowed',
    from: 'Azure',
    error: server('28000', 'no pg_hba.conf entry for host "203.0.113.9", user "ada", database "app", SSL on'),
  },
  { code: 'database-missing', from: 'PostgreSQL', error: server('3D000', 'database "app" does not exist') },
  { code: 'database-missing', from: 'PgBouncer', error: server('08P01', 'no such database: app') },
  {
    code: 'database-not-permitted',
    from: 'PostgreSQL',
    error: server('42501', 'permission denied for database "app"'),
  },
  {
    code: 'auth-method-not-allowed',
    from: 'core',
    error: ours('AUTH_METHOD_NOT_ALLOWED', 'The server asked for a cleartext password'),
  },
  {
    code: 'sign-in-too-slow',
    from: 'PostgreSQL',
    error: server('57014', 'canceling authentication due to timeout'),
  },

  // TLS
  {
    code: 'tls-not-offered',
    from: 'core',
    error: ours('TLS_NOT_OFFERED', 'The server does not support SSL'),
  },
  { code: 'tls-not-offered', from: 'pg', error: new Error('The server does not support SSL connections') },
  {
    code: 'certificate-expired',
    from: 'Node.js',
    error: system('CERT_HAS_EXPIRED', 'certificate has expired'),
  },
  {
    code: 'certificate-expired',
    from: 'core',
    error: ours('CERTIFICATE_NOT_TRUSTED', 'The certificate is not trusted', system('CERT_NOT_YET_VALID')),
  },
  { code: 'certificate-revoked', from: 'Node.js', error: system('CERT_REVOKED', 'certificate revoked') },
  {
    code: 'host-name-mismatch',
    from: 'Node.js',
    error: system('ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames"),
  },
  { code: 'host-name-mismatch', from: 'core', error: ours('HOST_NAME_MISMATCH', 'It is for other.example') },
  {
    code: 'certificate-not-trusted',
    from: 'Node.js',
    error: system('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'),
  },
  {
    code: 'certificate-not-trusted',
    from: 'Prisma',
    error: Object.assign(new Error('DriverAdapterError'), {
      cause: { kind: 'TlsConnectionError', reason: 'unable to verify the first certificate' },
    }),
  },
  {
    code: 'tls-version',
    from: 'Node.js',
    error: system('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tlsv1 alert protocol version'),
  },
  {
    code: 'tls-handshake-failed',
    from: 'core',
    error: ours('TLS_HANDSHAKE_FAILED', 'The TLS handshake failed'),
  },
  {
    code: 'tls-handshake-failed',
    from: 'Node.js',
    error: system(
      'ECONNRESET',
      'Client network socket disconnected before secure TLS connection was established',
    ),
  },

  // Network
  {
    code: 'name-not-found',
    from: 'Node.js',
    error: Object.assign(system('ENOTFOUND', 'getaddrinfo ENOTFOUND db.postgres.database.azure.com'), {
      hostname: 'db.postgres.database.azure.com',
    }),
    url: azure,
  },
  { code: 'name-service-failed', from: 'Node.js', error: system('EAI_AGAIN', 'getaddrinfo EAI_AGAIN db') },
  { code: 'pooler-off', from: 'Node.js', error: system('ECONNREFUSED'), url: pooled },
  { code: 'connection-refused', from: 'Node.js', error: system('ECONNREFUSED'), url: azure },
  {
    code: 'connection-refused',
    from: 'Node.js',
    error: Object.assign(new AggregateError([system('ECONNREFUSED'), system('ECONNREFUSED')]), {
      code: 'ECONNREFUSED',
    }),
  },
  { code: 'no-route', from: 'Node.js', error: system('EHOSTUNREACH') },
  { code: 'pooler-query-wait', from: 'PgBouncer', error: server('08P01', 'query_wait_timeout') },
  { code: 'no-answer', from: 'Node.js', error: system('ETIMEDOUT', 'connect ETIMEDOUT 203.0.113.5:5432') },
  {
    code: 'no-answer',
    from: 'core',
    error: ours('CONNECT_TIMEOUT', 'Connecting took longer than 30 seconds'),
  },
  {
    code: 'no-answer',
    from: 'postgres.js',
    error: system('CONNECT_TIMEOUT', 'write CONNECT_TIMEOUT db:5432'),
  },
  { code: 'no-answer', from: 'pg', error: new Error('timeout expired') },
  { code: 'no-answer', from: 'pg-pool', error: new Error('timeout exceeded when trying to connect') },

  // Server
  { code: 'too-many-clients', from: 'PostgreSQL', error: server('53300', 'sorry, too many clients already') },
  {
    code: 'too-many-clients',
    from: 'PgBouncer',
    error: server('08P01', 'no more connections allowed (max_client_conn)'),
  },
  {
    code: 'server-not-ready',
    from: 'PostgreSQL',
    error: server('57P03', 'the database system is starting up'),
  },
  {
    code: 'server-ended-connection',
    from: 'PostgreSQL',
    error: server('57P01', 'terminating connection due to administrator command'),
  },
  {
    code: 'idle-session-ended',
    from: 'PostgreSQL',
    error: server('25P03', 'terminating connection due to idle-in-transaction timeout'),
  },
  {
    code: 'read-only',
    from: 'PostgreSQL',
    error: server('25006', 'cannot execute INSERT in a read-only transaction'),
  },
  { code: 'read-only', from: 'core', error: ours('SESSION_ATTRS_NOT_MET', 'No host is read-write') },
  {
    code: 'storage-full',
    from: 'PostgreSQL',
    error: server('53100', 'could not extend file: No space left on device'),
  },
  {
    code: 'named-statement-lost',
    from: 'PgBouncer',
    error: server('26000', 'prepared statement "s1" does not exist'),
    url: pooled,
  },
  {
    code: 'startup-parameter-unknown',
    from: 'postgres.js',
    error: server('42704', 'unrecognized configuration parameter "sslrootcert"', 'PostgresError'),
  },
  {
    code: 'pooler-cannot-reach-server',
    from: 'PgBouncer',
    error: server(
      '08P01',
      'server login has been failing, cached error: connect failed (server_login_retry)',
    ),
  },
  { code: 'outcome-unknown', from: 'PostgreSQL', error: server('08007', 'transaction resolution unknown') },
  {
    code: 'closed-before-sign-in',
    from: 'core',
    error: ours('CONNECTION_CLOSED', 'The server closed the connection'),
  },
  { code: 'connection-lost', from: 'Node.js', error: system('ECONNRESET', 'read ECONNRESET') },
  { code: 'connection-lost', from: 'pg', error: new Error('Connection terminated unexpectedly') },
  {
    code: 'connection-lost',
    from: 'postgres.js',
    error: system('CONNECTION_CLOSED', 'write CONNECTION_CLOSED db'),
  },
  { code: 'not-postgresql', from: 'core', error: ours('PROTOCOL_VIOLATION', 'The server sent nonsense') },
  {
    code: 'unreachable',
    from: 'Prisma',
    error: Object.assign(new Error('DriverAdapterError'), {
      cause: { kind: 'DatabaseNotReachable', host: 'db' },
    }),
  },
  { code: 'stopped-by-caller', from: 'core', error: ours('ABORTED', 'The signal fired') },
];
