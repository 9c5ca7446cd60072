import { describe, expect, it } from 'vitest';
import { isForAzure } from '../../src/settings/adapters/is-for-azure.ts';

const azure = 'my-server.postgres.database.azure.com';
const ask = (
  connectionString: unknown,
  options: object = {},
  env: NodeJS.ProcessEnv = {},
  otherwise?: string,
): boolean =>
  isForAzure({ options, connectionString, host: (options as { host?: unknown }).host, otherwise }, env);

describe('is for us', () => {
  it.each([
    `postgres://${azure}/db`,
    `postgresql://ada:p%40ss@${azure.toUpperCase()}:6432/db?sslmode=require`,
    `postgres://${azure}./db`,
    `postgres:///db?host=${azure}`,
    `postgres://localhost/db?host=${azure}`,
    `host=${azure} dbname=db`,
    `jdbc:postgresql://${azure}:6432/db?user=ada`,
    `Server=${azure};Database=db;User Id=ada`,
    'jdbc:postgresql://localhost/db?auth=entra',
    `postgres://${azure}/db\n`,
    `jdbc:postgresql://${azure}:5432/db?user=ada`,
    `host=${azure};port=5432;database=db`,
    `Server=${azure};Database=db`,
    `postgres://a.example,${azure}/db`,
    `postgres://a.example:1,${azure}:2/db?colour=red`,
    // Nobody can read it; we say so.
    `postgres://ada:p@ss:word@${azure}:port/db`,
    `postgres://u:%zz@${azure}/db?x`,
    'postgres://localhost/db?auth=entra',
    'postgres://localhost/db?auth=entra&colour=red',
    'postgres://localhost:6432/db?pool_mode=transaction',
    "host=localhost auth='entra'",
    'postgres://10.0.0.4/db?ssl_server_name=x',
  ])('%s', (text) => {
    expect(ask(text)).toBe(true);
  });

  it.each<[string, object]>([
    ['a host', { host: azure }],
    ['hosts', { host: ['a.example', azure] }],
    ['a host with its port, as postgres.js takes one', { host: `${azure}:5432` }],
    ['hosts with ports', { host: `a.example:1, ${azure}:2` }],
    ['a host out of a file', { host: `${azure}\n` }],
    ['auth', { host: 'localhost', auth: 'entra' }],
    ['a credential', { host: 'localhost', credential: { getToken: () => null } }],
    ['a token provider', { tokenProvider: async () => 'x' }],
    ['poolMode', { poolMode: 'transaction' }],
    ['pool_mode', { pool_mode: 'transaction' }],
    ['allowedHosts', { allowedHosts: ['db.example'] }],
  ])('by its options: %s', (_, options) => {
    expect(ask(undefined, options)).toBe(true);
  });

  it("by the driver's default, where nothing else is named", () => {
    expect(ask(undefined, {}, {}, azure)).toBe(true);
    expect(ask('postgres:///db', {}, {}, azure)).toBe(true);
    expect(ask('postgres://localhost/db', {}, {}, azure)).toBe(false);
    expect(ask(undefined, { host: 'localhost' }, {}, azure)).toBe(false);
  });

  it('a host that the environment allows', () => {
    const env = { AZURE_PG_ALLOWED_HOSTS: 'a.example,db.example' };
    expect(ask('postgres://DB.example/x', {}, env)).toBe(true);
    expect(ask('postgres://c.example/x', {}, env)).toBe(false);
    expect(ask(undefined, {}, env)).toBe(false);
  });

  it.each(['db.corp.example', 'DB.corp.example.', 'a.b.corp.example'])(
    'a host below a name that the environment allows: %s',
    (host) => {
      const env = { AZURE_PG_ALLOWED_HOSTS: 'a.example, .corp.example' };
      expect(ask(`postgres://${host}/x`, {}, env)).toBe(true);
      expect(ask(undefined, { host: `${host}:5432` }, env)).toBe(true);
      expect(ask('postgres://corp.example/x', {}, env)).toBe(false);
      expect(ask('postgres://xcorp.example/x', {}, env)).toBe(false);
    },
  );
});

it.each([
  ['a word', 'x'.repeat(200_000)],
  ['words', 'x '.repeat(100_000)],
  ['blanks', `x${' '.repeat(200_000)}x`],
  ['equal signs', 'x='.repeat(100_000)],
  ['dots', `postgres://${'a.'.repeat(100_000)}/x`],
  ['colons', `postgres://${'a:'.repeat(100_000)}@h:y/x`],
  ['semicolons', 'host=a;'.repeat(20_000)],
  ['question marks', `jdbc:postgresql://h/x${'?&'.repeat(100_000)}`],
])('a long text takes no time: %s', { timeout: 3000 }, (_, text) => {
  expect(ask(text)).toBe(false);
});

describe("is the driver's", () => {
  it.each([
    'postgres://localhost/db',
    'postgres://ada:secret@db.example:5432/db?sslmode=no-verify&schema=x&pgbouncer=true&scope=y',
    `postgres://me%40${azure}:p@localhost:5433/db`,
    `postgres://me@localhost/db?application_name=${azure}`,
    `postgres://evil-${azure}.example.org/db`,
    `postgres://x${azure.replace('my-server.', '')}/db`,
    '/run/postgresql db',
    'socket:/run/postgresql?db=x',
    'postgres://a:b@c:d/e',
    'anything',
    '',
    undefined,
    null,
    5,
  ])('%s', (text) => {
    expect(ask(text)).toBe(false);
  });

  it.each<[string, object]>([
    [
      "another library's words",
      { auth: 'basic', scope: 'x', trust: true, logger: {}, credential: 'x', schema: 'y' },
    ],
    ['nothing', {}],
    ['what has no text', { host: Object.create(null), types: Object.create(null), max: Symbol('x') }],
    ['a host', { host: 'localhost', hostname: azure }],
  ])('by its options: %s', (_, options) => {
    expect(ask(undefined, options)).toBe(false);
  });
});

it('where both are written, the string or the host counts, as with the driver', () => {
  const both = { options: {}, connectionString: `postgres://${azure}/db`, host: 'localhost' };
  expect(isForAzure(both, {})).toBe(true);
  expect(isForAzure({ ...both, hostWins: true }, {})).toBe(false);
});
