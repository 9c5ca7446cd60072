import { azure, ours, pooled, type RecordedError, server, system } from './make-error.ts';

/** PgBouncer sends no untranslated severity. */
const fromPoolerInPostgresJs = (message: string): Error =>
  Object.assign(new Error(message), { name: 'PostgresError', severity_local: 'FATAL', code: '08P01' });

export const serverErrors: readonly RecordedError[] = [
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
  {
    code: 'read-only',
    from: 'core',
    error: ours(
      'SESSION_ATTRS_NOT_MET',
      '"db", port 5432, is read-only, and target_session_attrs is "read-write"',
    ),
  },
  {
    code: 'no-standby',
    from: 'core',
    error: ours(
      'SESSION_ATTRS_NOT_MET',
      '"db", port 5432, is read-write, and target_session_attrs is "read-only"',
    ),
  },
  {
    code: 'no-standby',
    from: 'core, of several hosts',
    error: ours('SESSION_ATTRS_NOT_MET', 'No host will do'),
    url: `${azure}?target_session_attrs=standby`,
  },
  {
    code: 'idle-session-ended',
    from: 'PgBouncer, as postgres.js throws it',
    error: fromPoolerInPostgresJs('idle transaction timeout'),
  },
  { code: 'idle-session-ended', from: 'PgBouncer', error: server('08P01', 'client_idle_timeout') },
  {
    code: 'transaction-too-long',
    from: 'PostgreSQL',
    error: server('25P04', 'terminating connection due to transaction timeout'),
  },
  { code: 'transaction-too-long', from: 'PgBouncer', error: server('08P01', 'transaction timeout') },
  {
    code: 'statement-too-long',
    from: 'PostgreSQL',
    error: server('57014', 'canceling statement due to statement timeout'),
  },
  {
    code: 'statement-too-long',
    from: 'PgBouncer, as postgres.js throws it',
    error: fromPoolerInPostgresJs('query timeout'),
  },
  { code: 'statement-too-long', from: 'pg', error: new Error('Query read timeout') },
  {
    code: 'too-many-clients',
    from: 'PgBouncer, as postgres.js throws it',
    error: fromPoolerInPostgresJs('no more connections allowed (max_client_conn)'),
  },
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
    code: 'stale-plan',
    from: 'PostgreSQL',
    error: server('0A000', 'cached plan must not change result type'),
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
  {
    code: 'server-silent',
    from: 'core',
    error: ours(
      'SERVER_SILENT',
      '"db", port 5432, has said nothing for 20 s and cannot be reached any more: the connection is given up',
    ),
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
