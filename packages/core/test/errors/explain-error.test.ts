import { inspect } from 'node:util';
import { AzurePgError, type Explanation, explainError, resolveConnection } from '@azure-pg/core';
import { annotateError } from '@azure-pg/core/adapter';
import { describe, expect, test } from 'vitest';
import { explanationOf } from '../../src/explain/explain-error.ts';
import { explanationTable } from '../../src/explain/explanation-table.ts';
import { azure, connectionTo, ours, pooled, server, system, withPassword } from './recorded/make-error.ts';
import { recordedErrors } from './recorded-errors.ts';

describe('every known failure is recognised by its recorded words', () => {
  test.each(recordedErrors)('$code, as $from says it', ({ code, error, url }) => {
    expect(explainError(error, url === undefined ? undefined : connectionTo(url))?.code).toBe(code);
  });

  test('no row stands without a recorded error', () => {
    const recorded = new Set(recordedErrors.map(({ code }) => code));
    expect(explanationTable.map(({ code }) => code).filter((code) => !recorded.has(code))).toEqual([]);
  });

  test('no two rows have the same code', () => {
    const codes = explanationTable.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('an error is known in whatever it is wrapped', () => {
  const refusal = server('28P01', 'The access token has expired. Please acquire a new token and retry');
  const wrappers: readonly (readonly [string, unknown])[] = [
    ['cause', new Error('Failed query: select 1', { cause: refusal })],
    [
      'DrizzleQueryError',
      Object.assign(new Error('Failed query'), {
        name: 'DrizzleQueryError',
        query: 'select 1',
        cause: refusal,
      }),
    ],
    ['AggregateError', new AggregateError([new Error('other'), refusal])],
    ['AzurePgError', ours('SERVER_REFUSED', 'refused', refusal)],
    [
      'AzurePgError.serverError',
      Object.assign(ours('SERVER_REFUSED', 'refused'), {
        serverError: { ...refusal, message: refusal.message },
      }),
    ],
    [
      'Prisma’s DriverAdapterError',
      Object.assign(new Error('AuthenticationFailed'), {
        name: 'DriverAdapterError',
        cause: { originalCode: '28P01', originalMessage: refusal.message, kind: 'AuthenticationFailed' },
      }),
    ],
    [
      'Prisma’s known request error',
      Object.assign(new Error('Invalid invocation'), {
        name: 'PrismaClientKnownRequestError',
        code: 'P2010',
        meta: {
          driverAdapterError: {
            cause: { originalCode: '28P01', originalMessage: refusal.message, kind: 'postgres' },
          },
        },
      }),
    ],
    ['TypeORM', Object.assign(new Error('QueryFailedError'), { driverError: refusal })],
    ['Sequelize', Object.assign(new Error('ConnectionError'), { parent: refusal, original: refusal })],
    ['three layers', new Error('a', { cause: new Error('b', { cause: new AggregateError([refusal]) }) })],
  ];
  test.each(wrappers)('%s', (_, error) => {
    expect(explainError(error)?.code).toBe('token-expired');
  });
});

describe('what is not a known failure is not explained', () => {
  const others: readonly (readonly [string, unknown])[] = [
    ['nothing', undefined],
    ['null', null],
    ['a string', 'password authentication failed for user "ada"'],
    ['a function', () => 1],
    ['an error of the program', new TypeError('Cannot read properties of undefined')],
    ['a constraint', server('23505', 'duplicate key value violates unique constraint "pk"')],
    ['a syntax error', server('42601', 'syntax error at or near "selec"')],
    ['a table', server('42P01', 'relation "access token" does not exist')],
    [
      'an application’s own refusal',
      Object.assign(new Error('invalid access token'), { name: 'AuthenticationError' }),
    ],
    ['somebody’s abort', new DOMException('This operation was aborted', 'AbortError')],
    ['a message without its SQLSTATE', new Error('The access token has expired')],
    ['a statement on a connection without pooler', server('26000', 'prepared statement "s1" does not exist')],
    [
      'a circle',
      Object.assign(new Error('round'), {
        get cause() {
          return this;
        },
      }),
    ],
    [
      'a trap',
      Object.defineProperty(new Error('trap'), 'cause', {
        get() {
          throw new Error('caught');
        },
      }),
    ],
  ];
  test.each(others)('%s', (_, error) => {
    expect(explainError(error)).toBeUndefined();
  });

  test('a certificate of the sign-in service is not taken for the database’s', () => {
    const error = ours(
      'TOKEN_UNAVAILABLE',
      'No Entra token: ClientSecretCredential: request to https://login.example failed',
      system('CERT_HAS_EXPIRED', 'certificate has expired'),
    );
    expect(explainError(error)?.code).toBe('token-service-untrusted');
  });

  test('a firewall before the identity endpoint is not taken for one before the database', () => {
    const error = ours('TOKEN_UNAVAILABLE', 'No Entra token: X: connect failed', system('ETIMEDOUT'));
    expect(explainError(error, connectionTo(azure))?.code).toBe('token-service-silent');
  });
});

describe('an explanation helps', () => {
  const situations = [undefined, connectionTo(azure), connectionTo(pooled), connectionTo(withPassword)];
  const explanations = explanationTable.flatMap((row) =>
    situations.map((connection): readonly [string, Explanation] => [
      row.code,
      explanationOf(row, { connection, said: {}, ownMessage: undefined, ownHint: undefined }),
    ]),
  );

  test('with title, reason, something to do and a link, in every situation', () => {
    for (const [code, { title, why, fix, docs }] of explanations) {
      expect(title, code).toMatch(/^[A-Z“"].*[^.]$/);
      expect(why, code).toMatch(/\.$/);
      expect(fix.length, code).toBeGreaterThan(0);
      expect(docs, code).toMatch(/^https:\/\//);
      expect([title, why, ...fix].join(' '), code).not.toMatch(
        /undefined|\bnull\b|\[object|\s\.(?:\s|$)|NaN/,
      );
    }
  });

  const own = 'postgresql://db.example/app?host=db.example&auth=password';
  test.each<[url: string | undefined, direct: string, pooler: string, all: string]>([
    [undefined, 'port 5432', 'the built-in PgBouncer, on port 6432;', '5432 and 6432'],
    [azure, 'port 5432', 'the built-in PgBouncer, on port 6432;', '5432 and 6432'],
    [pooled, 'port 5432', '', '5432 and 6432'],
    [
      'postgresql://x.postgres.database.azure.com:7432/',
      'port 7432',
      'PgBouncer, on port 8432;',
      '7432 and 8432',
    ],
    ['postgresql://x.postgres.database.azure.com:8432/', 'port 7432', '', '7432 and 8432'],
    [`${own}&port=7000&pool_mode=session&direct_port=6001`, 'port 6001', '', '6001 and 7000'],
    [`${own}&port=6001&pooled_port=7000`, 'port 6001', 'through PgBouncer, on port 7000;', '6001 and 7000'],
    [`${own}&port=6001`, 'port 6001', 'through PgBouncer;', '6001.'],
    [`${own}&port=7000&pool_mode=transaction`, 'PostgreSQL’s own port (direct_port)', '', '7000.'],
    [
      'postgresql://a.postgres.database.azure.com:6432,b.postgres.database.azure.com:8432/',
      'port 5432 or 7432',
      '',
      '5432 and 7432 and 6432 and 8432',
    ],
  ])('that names the ports of %s', (url, direct, pooler, all) => {
    const connection = url === undefined ? undefined : connectionTo(url);
    const texts = Object.fromEntries(
      explanationTable.map((row) => {
        const said = explanationOf(row, { connection, said: {}, ownMessage: undefined, ownHint: undefined });
        return [row.code, [said.why, ...said.fix].join(' ')];
      }),
    );
    const codes = ['pooler-off', 'pooler-refuses-startup-parameter', 'pooler-unsupported'];
    codes.push('token-too-long-for-pooler', 'pooler-cannot-reach-server');
    for (const code of codes) expect(texts[code], code).toContain(` on ${direct}`);
    expect(texts['too-many-clients']).toContain(pooler || 'max_client_conn');
    expect(texts['no-answer']).toContain(`TCP ${all}`);
    // What is about Azure's servers in general, the form of a URI and a socket's name apart, no other port is spoken of.
    const fixed = /Azure’s servers listen on .*?as well|@host:5432\/database/g;
    const ports =
      JSON.stringify(texts)
        .replace(fixed, '')
        .match(/\b[5-8]432\b/g) ?? [];
    const known = url?.includes('azure') ? `${direct} ${all}` : `5432 6432 ${url === undefined ? '' : '!'}`;
    for (const port of ports) expect(known, port).toContain(port);
    if (known.endsWith('!')) expect(ports).toEqual([]);
  });

  test('without a secret, even where an error or URL has one', () => {
    const secrets = /secret-word|eyJ/;
    for (const { error, url } of recordedErrors) {
      const connection = connectionTo(url ?? withPassword);
      const poisoned = Object.assign(
        new Error('eyJhbGciOiJub25lIn0.eyJvaWQiOiIxIn0.x secret-word', { cause: error }),
      );
      expect(JSON.stringify(explainError(poisoned, connection) ?? {})).not.toMatch(secrets);
    }
  });

  test('that does not advise what is the case, nor the same twice', () => {
    const untrusted = system('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain');
    const advice = (url: string): string => JSON.stringify(explainError(untrusted, connectionTo(url))?.fix);
    expect(advice(azure)).not.toContain('Leave sslrootcert out');
    expect(advice(`${azure}?sslrootcert=/ca.pem`)).toContain('Leave sslrootcert out');
    const missing = new AzurePgError('MISSING_DEPENDENCY', 'It is not installed', {
      hint: 'Run: npm install @azure/identity',
    });
    expect(JSON.stringify(explainError(missing)).split('npm install')).toHaveLength(2);
  });

  test.each([
    ['', {}, true],
    ['dbname=app', {}, true],
    ['', { PGHOST: 'localhost' }, false],
    ['postgres://localhost/app', {}, false],
    ['hostaddr=127.0.0.1', {}, false],
  ])('that says first where "%s" and %j name no host', (text, env, first) => {
    const connection = resolveConnection(text || undefined, {}, env);
    const begins = expect.stringMatching(first ? /^Nothing named a host/ : /^Check host/);
    expect(explainError(system('ECONNREFUSED'), connection)?.fix[0]).toEqual(begins);
  });

  test('that notices a password with a line break at its end, and does not show it', () => {
    const refusal = server('28P01', 'password authentication failed for user "ada"');
    const hints = (password: string): string | undefined =>
      explainError(refusal, resolveConnection(azure, { user: 'ada', password }, {}))?.fix.find((line) =>
        line.startsWith('The password ends in white space'),
      );
    expect(hints('CANARY\n')).toContain('--from-literal');
    expect(hints('CANARY\n')).not.toContain('CANARY');
    expect(hints('CANARY')).toBeUndefined();
  });

  test('that begins with the name where a user of Single Server is tried with a password', () => {
    const first = (user: string): string | undefined =>
      explainError(server('28P01', `password authentication failed for user "${user}"`))?.fix[0];
    expect(first('app@old-server')).toContain('plain role name, not user@server');
    expect(first('ada@example.com')).toContain('percent-encode');
    expect(first('app')).toContain('percent-encode');
  });

  test('without control characters that a server put into a name', () => {
    const error = server('28000', 'role "a\u001b[2Jb" does not exist');
    expect(explainError(error)?.title).toBe('There is no role "a [2Jb" that may sign in');
  });
});

describe('annotateError', () => {
  test('leaves class, code, message and the server’s hint, and can be seen in a log', () => {
    class DatabaseError extends Error {
      code = '28P01';
      severity = 'FATAL';
      hint = 'The server’s own hint.';
    }
    const error = new DatabaseError('The access token has expired. Please acquire a new token and retry');
    expect(annotateError(error)).toBe(error);
    expect(error).toMatchObject({ code: '28P01', hint: 'The server’s own hint.' });
    expect(error).toBeInstanceOf(DatabaseError);
    expect((error as { explanation?: Explanation }).explanation?.code).toBe('token-expired');
    expect(Object.keys(error)).not.toContain('explanation');
    expect(inspect(error)).toContain('azureHint');
  });

  test('keeps the first word when several layers annotate', () => {
    const error = annotateError(system('ECONNREFUSED'), connectionTo(pooled));
    annotateError(error, connectionTo(azure));
    expect((error as { explanation?: Explanation }).explanation?.code).toBe('pooler-off');
  });

  test.each([
    ['what is not known', new Error('other')],
    ['what is frozen', Object.freeze(system('ECONNREFUSED'))],
    ['what is not an error', { code: 'ECONNREFUSED' }],
  ])('%s comes back untouched', (_, error) => {
    const keys = Object.getOwnPropertyNames(error);
    expect(annotateError(error)).toBe(error);
    expect(Object.getOwnPropertyNames(error)).toEqual(keys);
  });
});
