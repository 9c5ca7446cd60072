import { azure, ours, pooled, type RecordedError, server, withPassword } from './make-error.ts';

export const signInErrors: readonly RecordedError[] = [
  {
    code: 'entra-broken-on-server',
    from: 'Azure',
    error: server('XX000', 'cannot read pg_class without having selected a database'),
  },
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
];
