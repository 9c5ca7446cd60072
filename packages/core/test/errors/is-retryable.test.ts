import { isRetryable } from '@azure-pg/core';
import { describe, expect, test } from 'vitest';
import { noToken, ours, server, system } from './recorded/make-error.ts';

const passing = [
  ...['53000', '53100', '53200', '53300', '53400', '57P01', '57P02', '57P03', '57P05', '58000', '58030'],
  ...['25006', '08000', '08001', '08003', '08004', '08006'],
];
const lasting = ['08007', '08P01', '28P01', '28000', '3D000', '42P01', '23505', '40001', '57014', '22012'];

describe('what passes by itself is worth another try', () => {
  test.each(passing)('SQLSTATE %s', (code) => {
    expect(isRetryable(server(code, 'said the server'))).toBe(true);
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN'])('%s', (code) => {
    expect(isRetryable(system(code))).toBe(true);
  });

  test.each([
    ['wrapped in a cause', new Error('x', { cause: server('57P01', 'bye') })],
    ['one host of several', new AggregateError([system('ENOTFOUND'), system('ECONNREFUSED')])],
    ['this library’s deadline', ours('CONNECT_TIMEOUT', 'too late')],
    ['a server that closed', ours('CONNECTION_CLOSED', 'gone')],
    [
      'a server’s refusal in ours',
      Object.assign(ours('SERVER_REFUSED', 'no'), { serverError: server('53300', 'full') }),
    ],
    [
      'Prisma',
      Object.assign(new Error('x'), { cause: { originalCode: '57P03', originalMessage: 'starting up' } }),
    ],
    ['Prisma without a server', Object.assign(new Error('x'), { cause: { kind: 'ConnectionClosed' } })],
    ['pg without a code', new Error('Connection terminated unexpectedly')],
    [
      'pg, on a client whose socket broke',
      new Error('Client has encountered a connection error and is not queryable'),
    ],
    ['no host with the role that is wanted', ours('SESSION_ATTRS_NOT_MET', 'is read-only')],
    ['pg-pool', new Error('timeout exceeded when trying to connect')],
    ['an identity service that is busy', noToken('slow down', { statusCode: 429 })],
    [
      'a lost insert, as far as the code tells',
      Object.assign(new Error('x'), { query: 'insert into t values (1)', cause: system('ECONNRESET') }),
    ],
  ])('%s', (_, error) => {
    expect(isRetryable(error)).toBe(true);
  });
});

/** As PgBouncer 1.24 writes them, all with SQLSTATE 08P01; see its objects.c, client.c and janitor.c. */
const poolerTexts = [
  'server login has been failing, cached error: connect failed (server_login_retry)',
  'server conn crashed?',
  'server connection closed',
  'server DNS lookup failed',
  'query_wait_timeout',
  'client_login_timeout (server down)',
  'pooler is shutting down',
  'no more connections allowed (max_client_conn)',
  'client connections exceeded (max_user_client_connections)',
];

describe('PgBouncer', () => {
  test.each(poolerTexts)('%s', (text) => {
    expect(isRetryable(server('08P01', text))).toBe(true);
    const asOfPostgresJs = Object.assign(new Error(text), { severity_local: 'FATAL', code: '08P01' });
    expect(isRetryable(asOfPostgresJs)).toBe(true);
  });

  test.each([
    'no such user',
    'unsupported startup parameter: options',
    'invalid server parameter',
    'query timeout',
  ])('%s stays', (text) => {
    expect(isRetryable(server('08P01', text))).toBe(false);
  });
});

describe('what stays as it is, or may have been done, is not', () => {
  test.each(lasting)('SQLSTATE %s', (code) => {
    expect(isRetryable(server(code, 'said the server'))).toBe(false);
  });

  test.each([
    ['a name that is not there', system('ENOTFOUND')],
    ['the caller’s own stop, whatever it interrupted', ours('ABORTED', 'stopped', system('ECONNRESET'))],
    [
      'a connection lost during COMMIT',
      Object.assign(new Error('Failed query: commit'), { query: 'commit', cause: system('ECONNRESET') }),
    ],
    ['a shutdown during COMMIT', Object.assign(server('57P01', 'bye'), { query: " COMMIT PREPARED 'x'" })],
    [
      'an unknown outcome with a lost connection',
      new AggregateError([system('ECONNRESET'), server('08007', '?')]),
    ],
    ['a wrong identity', noToken('AADSTS700016', { statusCode: 400 })],
    ['a certificate', ours('CERTIFICATE_NOT_TRUSTED', 'no', system('CERT_HAS_EXPIRED'))],
    ['a Prisma code that looks like a SQLSTATE', Object.assign(new Error('x'), { code: 'P2002' })],
    ['nothing', undefined],
    ['a string', 'ECONNRESET'],
  ])('%s', (_, error) => {
    expect(isRetryable(error)).toBe(false);
  });
});
