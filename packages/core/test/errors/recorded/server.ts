import { ours, pooled, type RecordedError, server, system } from './make-error.ts';

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
