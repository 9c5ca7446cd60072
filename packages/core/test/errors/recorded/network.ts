import { azure, ours, pooled, type RecordedError, server, system } from './make-error.ts';

export const networkErrors: readonly RecordedError[] = [
  {
    code: 'unix-socket-missing',
    from: 'core',
    error: ours(
      'HOST_UNREACHABLE',
      'Cannot connect to /tmp/.s.PGSQL.5432: ECONNREFUSED',
      system('ECONNREFUSED'),
    ),
  },
  {
    code: 'unix-socket-missing',
    from: 'Node.js',
    error: system('ENOENT', 'connect ENOENT /var/run/postgresql/.s.PGSQL.5432'),
  },
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
];
