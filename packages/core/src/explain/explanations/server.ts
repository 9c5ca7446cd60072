import { pages } from '../pages.ts';
import {
  type ExplanationRow,
  goesThroughPooler,
  isOnAzure,
  place,
  portsOf,
  type Situation,
  serverPort,
} from './explanation-row.ts';

function throughPooler({ connection }: Situation): string {
  if (connection === undefined) return 'Go through the built-in PgBouncer, on port 6432';
  const pooled = connection.pooled();
  if (pooled === connection) return 'Go through PgBouncer';
  return `Go through ${isOnAzure(connection) ? 'the built-in ' : ''}PgBouncer, on port ${portsOf(pooled).join(' or ')}`;
}

/** What a server says that was reached and may have let us in, and how connections end. */
export const serverRows: readonly ExplanationRow[] = [
  {
    code: 'too-many-clients',
    when: [
      { sqlState: ['53300'] },
      { sqlState: ['08P01'], message: /no more connections allowed|max_client_conn|too many connections/i },
      { code: ['P2037'] },
    ],
    title: 'The server has no connection left',
    why: 'max_connections is used up (15 of them are reserved on Azure), or the role’s or database’s own limit: too many processes, each with a pool, or connections that are not closed.',
    fix: [
      'See who holds them: SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC;',
      (s) =>
        goesThroughPooler(s.connection)
          ? 'Make the pools smaller: processes × max must stay below max_client_conn.'
          : `${throughPooler(s)}; or make the pools smaller: processes × max must stay below max_connections.`,
    ],
    docs: pages.limits,
  },
  {
    code: 'server-not-ready',
    when: [{ sqlState: ['57P03'] }],
    title: 'The server is starting, stopping or recovering',
    why: 'It was reached, but does not take connections yet: a restart, a failover, or scaling. That usually passes within 60 to 120 seconds.',
    fix: [
      'Try again after 5 seconds, waiting longer each time.',
      'If it lasts, look at the server’s state and resource health in the portal.',
    ],
    docs: pages.availability,
  },
  {
    code: 'server-ended-connection',
    when: [{ sqlState: ['57P01', '57P02'] }],
    title: 'The server ended the connection',
    why: 'It is restarting, failing over or being scaled, or an administrator ended the session (pg_terminate_backend).',
    fix: ['Connect again, and repeat the whole transaction if you know it was not committed.'],
    docs: pages.availability,
  },
  {
    code: 'idle-session-ended',
    when: [
      { sqlState: ['57P05', '25P03'] },
      { sqlState: ['08P01'], message: /^(?:idle transaction timeout|client_idle_timeout)$/ },
    ],
    title: 'The server ended a connection that was idle for too long',
    why: 'idle_session_timeout or idle_in_transaction_session_timeout is set for the server, the role or the database, or PgBouncer’s idle_transaction_timeout or client_idle_timeout.',
    fix: [
      'Let the pool close idle connections earlier than that; end transactions before waiting for anything else.',
    ],
    docs: 'https://www.postgresql.org/docs/18/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT',
  },
  {
    code: 'transaction-too-long',
    when: [{ sqlState: ['25P04'] }, { sqlState: ['08P01'], message: /^transaction timeout$/ }],
    title: 'The server ended a transaction that took too long',
    why: 'transaction_timeout is set for the server, the role or the database, or in PgBouncer. The transaction was rolled back, and its connection ended.',
    fix: [
      'Make the transaction shorter: wait for nothing but the database in it, and do large changes in parts.',
      'Or raise the limit where it must be: SET LOCAL transaction_timeout, ALTER ROLE … SET transaction_timeout.',
    ],
    docs: 'https://www.postgresql.org/docs/18/runtime-config-client.html#GUC-TRANSACTION-TIMEOUT',
  },
  {
    code: 'statement-too-long',
    when: [
      { sqlState: ['57014'], message: /statement timeout/ },
      { sqlState: ['08P01'], message: /^query timeout$/ },
      { message: /^Query read timeout$/ },
    ],
    title: 'A statement took longer than it may',
    why: 'statement_timeout (the server’s), query_timeout (PgBouncer’s, or an option of pg) ran out. PgBouncer also ends the connection; pg only stops waiting, and the server goes on.',
    fix: [
      'See what it waits for: SELECT pid, state, wait_event_type, wait_event, query FROM pg_stat_activity; a lock of another session, a missing index.',
      'Or allow more time where it must be: SET LOCAL statement_timeout.',
    ],
    docs: 'https://www.postgresql.org/docs/18/runtime-config-client.html#GUC-STATEMENT-TIMEOUT',
  },
  {
    code: 'no-standby',
    when: [
      { code: ['SESSION_ATTRS_NOT_MET'], message: /target_session_attrs is "(?:read-only|standby)"/ },
      {
        code: ['SESSION_ATTRS_NOT_MET'],
        given: (connection) => /^(?:read-only|standby)$/.test(connection?.targetSessionAttrs ?? ''),
      },
    ],
    title: 'No host is a standby or read-only',
    why: ({ ownMessage }) =>
      `${ownMessage === undefined ? '' : `${ownMessage}. `}The settings ask for a server that takes no writes, and those that were reached take them: a replica may have been promoted, or is not among the hosts.`,
    fix: [
      'Name a read replica among the hosts, or the virtual endpoint BASE.reader.postgres.database.azure.com.',
      'Where the primary will do, write target_session_attrs=prefer-standby, or leave it out.',
    ],
    docs: `${pages.libpq}#LIBPQ-CONNECT-TARGET-SESSION-ATTRS`,
  },
  {
    code: 'read-only',
    when: [{ sqlState: ['25006'] }, { code: ['SESSION_ATTRS_NOT_MET'] }],
    title: 'The server is read-only',
    why: ({ connection, ownMessage }) =>
      `${ownMessage === undefined ? '' : `${ownMessage}. `}It is a read replica or a standby${isOnAzure(connection) || connection === undefined ? ', or its storage is nearly full: Azure then makes it read-only' : ''}; after a failover it can be the old primary.`,
    fix: [
      'Connect to the primary: the server’s own name, or the virtual endpoint BASE.writer.postgres.database.azure.com.',
      'With several hosts add target_session_attrs=read-write.',
      'Check the storage used, in the portal under Metrics.',
    ],
    docs: pages.availability,
  },
  {
    code: 'storage-full',
    when: [{ sqlState: ['53100'] }],
    title: 'The server’s disk is full',
    why: 'Nothing more can be written until there is room.',
    fix: [
      'Enlarge the storage, turn on its autogrow, and look for what fills it (logs of unused replication slots, large tables).',
    ],
    docs: pages.limits,
  },
  {
    code: 'named-statement-lost',
    when: [{ sqlState: ['26000', '42P05'], message: /prepared statement/i, given: goesThroughPooler }],
    title: 'A named prepared statement reached another server connection',
    why: 'In transaction mode PgBouncer gives each transaction whichever server connection is free, and the statement was prepared on another.',
    fix: [
      'Let the server keep track: pgbouncer.max_prepared_statements=200, and max_prepared_statements=200 in the URL.',
      'Or do without names: pg without name, postgres.js with prepare: false, Drizzle without .prepare().',
    ],
    docs: pages.pgbouncer,
  },
  {
    code: 'stale-plan',
    when: [{ sqlState: ['0A000'], message: /cached plan must not change result type/i }],
    title: 'A prepared statement no longer fits its table',
    why: 'A column was added or changed after a statement that returns all columns was prepared. PgBouncer with max_prepared_statements keeps such a statement by its text, for all clients, for as long as its server connections live.',
    fix: [
      'Run it again, with the transaction around it: this library then sends that text without a name, and without a pooler a new connection prepares it again.',
      'Name the columns instead of select *; or run RECONNECT on PgBouncer’s console after changing tables.',
    ],
    docs: pages.preparedStatements,
  },
  {
    code: 'startup-parameter-unknown',
    when: [{ sqlState: ['42704'], message: /unrecognized configuration parameter "(?<parameter>[^"]*)"/ }],
    title: ({ said }) =>
      `The server does not know ${said.parameter === undefined ? 'a parameter' : `the parameter "${said.parameter}"`}`,
    why: 'Some drivers send what they do not know in a URL (sslrootcert, pool_mode, schema) to the server as a startup parameter.',
    fix: [
      ({ said }) =>
        said.parameter?.startsWith('+')
          ? 'In a URL a space is %20, not "+": write options=-c%20NAME=VALUE.'
          : '',
      'Take it out of the URL, or open the connection through this library, which reads all of libpq’s parameters.',
    ],
    docs: `${pages.libpq}#LIBPQ-PARAMKEYWORDS`,
  },
  {
    code: 'pooler-cannot-reach-server',
    when: [
      {
        sqlState: ['08P01', '08006', '08001', '58000'],
        message:
          /server login has been failing|server_login_retry|cannot connect to server|server conn(?:ection)? crashed|bouncer config error|server_connect_timeout/i,
      },
    ],
    title: 'PgBouncer is up, but cannot connect to the server behind it',
    why: 'The server is restarting or refuses the pooler; PgBouncer repeats the last failure for a while (server_login_retry).',
    fix: [(s) => `Try again in 15 seconds; connect on ${serverPort(s)} to see what the server itself says.`],
    docs: pages.pgbouncer,
  },
  {
    code: 'outcome-unknown',
    when: [{ sqlState: ['08007'] }, { code: ['OUTCOME_UNKNOWN'] }],
    title: 'It is unknown whether the transaction was committed',
    why: 'The connection was lost during the commit.',
    fix: ['Look in the database before you repeat anything.'],
    docs: pages.sqlStates,
  },
  {
    code: 'closed-before-sign-in',
    when: [
      { code: ['CONNECTION_CLOSED'], name: ['AzurePgError'] },
      // pg's own error of this message, for a connection that was in use, has no code.
      { code: ['CONNECTION_CLOSED'], message: /^Connection terminated unexpectedly$/ },
    ],
    title: (s) => `The connection was closed before the sign-in finished, by ${place(s)}`,
    why: 'It accepted the connection and closed it silently: a proxy or tunnel with nothing behind it, a server that is just restarting, or a port that is not PostgreSQL’s.',
    fix: ['Try again; then check what listens there, and every proxy, tunnel and load balancer on the way.'],
    docs: pages.connect,
  },
  {
    code: 'server-silent',
    when: [{ code: ['SERVER_SILENT'] }],
    title: 'The server went silent during a query, and the connection was given up',
    why: 'Nothing came for a while, and on another connection the server could not be reached, or did not know of the query: a machine that is gone, or a load balancer that forgot the connection. Nobody says so to a client, and the system would have waited for a quarter of an hour.',
    fix: [
      'Look in the database whether what writes was done before you repeat it; runTransaction does that by itself.',
      'The wait is silence_check_after (10 s, then three questions); a query that really runs is never given up.',
    ],
    docs: pages.availability,
  },
  {
    code: 'connection-lost',
    when: [
      {
        code: ['ECONNRESET', 'EPIPE', 'CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'P1017'],
      },
      { sqlState: ['08000', '08003', '08006'] },
      { message: /^Connection terminated(?: unexpectedly)?$/ },
    ],
    title: 'The connection was lost',
    why: 'It broke without a message from the server: a restart or failover, or a load balancer that forgot an idle connection (Azure’s do after 4 minutes of silence).',
    fix: [
      'Connect again. Keep pools’ idle time below 4 minutes and TCP keepalives on (both are this library’s defaults).',
    ],
    docs: pages.availability,
  },
  {
    code: 'not-postgresql',
    when: [{ code: ['PROTOCOL_VIOLATION'] }],
    title: (s) => `What answers on ${place(s)} does not speak PostgreSQL’s protocol`,
    why: ({ ownMessage }) =>
      `${ownMessage === undefined ? '' : `${ownMessage}. `}Something else listens there, or something changes what is sent.`,
    fix: ['Check host and port, and what is in between.'],
    docs: pages.connect,
  },
  {
    code: 'unreachable',
    when: [{ code: ['HOST_UNREACHABLE', 'P1001', 'DatabaseNotReachable'] }],
    title: (s) => `No connection can be made to ${place(s)}`,
    why: ({ ownMessage }) =>
      `${ownMessage === undefined ? '' : `${ownMessage}. `}The name does not resolve, or no address of it accepts a connection.`,
    fix: ['azure-pg doctor shows which step fails.'],
    docs: pages.connect,
  },
  {
    code: 'stopped-by-caller',
    when: [{ code: ['ABORTED'] }],
    title: 'The program itself stopped connecting',
    why: 'Its AbortSignal fired.',
    fix: ['Nothing to fix here; if your own timeout fired, allow more time for connecting.'],
    docs: 'https://developer.mozilla.org/docs/Web/API/AbortSignal',
  },
];
