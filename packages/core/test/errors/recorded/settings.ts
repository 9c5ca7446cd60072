import { ours, type RecordedError, server } from './make-error.ts';

export const settingsErrors: readonly RecordedError[] = [
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
  {
    code: 'missing-dependency',
    from: 'esbuild',
    error: new Error('Dynamic require of "events" is not supported'),
  },
  {
    code: 'setting-unknown',
    from: 'core',
    error: ours('INVALID_SETTING', 'Unknown setting "schema" in the connection string'),
  },
  {
    code: 'setting-unknown',
    from: 'core, which only reads the text',
    error: ours('INVALID_CONNECTION_STRING', 'Unknown setting "schema" in the connection string'),
  },
  {
    code: 'setting-unknown',
    from: 'core',
    error: ours('INVALID_SETTING', 'Unknown option "conectionString"'),
  },
  {
    code: 'setting-invalid',
    from: 'core',
    error: ours('INVALID_SETTING', 'Invalid port: it must be a number'),
  },
];
