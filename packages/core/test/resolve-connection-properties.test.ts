import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, TestRunner } from 'vitest';
import { secretsOf } from '../src/connection/connection-secrets.ts';
import {
  type AzureConnection,
  AzurePgError,
  type ConnectionOptions,
  parseConnectionString,
  resolveConnection,
} from '../src/index.ts';
import { connectionOptionNames } from '../src/settings/gather/option-names.ts';
import { settingNames } from '../src/settings/table/settings.ts';
import { stringGenerator } from './connection-string/generated-strings.ts';

const azure = 'srv.postgres.database.azure.com';
/** Where the slow tests are left out, a tenth of it is tried. */
const times = (numRuns: number) => ({ numRuns: TestRunner.matchesTags(['slow']) ? numRuns : numRuns / 10 });
const runs = times(3000);

const generatedString = fc.integer().map((seed) => stringGenerator(seed, settingNames)());
const anyString = fc.oneof(generatedString, fc.string({ unit: 'binary' }), fc.string());

/** Values that settings can have, so that many of the generated settings resolve. */
const plausible: Readonly<Record<string, fc.Arbitrary<string>>> = {
  host: fc.constantFrom(
    'db',
    'a,b',
    azure,
    `${azure},x.${azure}`,
    'localhost',
    '/tmp',
    '@abstract',
    '::1',
    'é.example',
  ),
  hostaddr: fc.constantFrom('127.0.0.1', '::1', '', ',10.0.0.1', '10.0.0.1,10.0.0.2'),
  port: fc.constantFrom('5432', '6432', '1,2', '8432', '', ' 7 '),
  user: fc.oneof(fc.constantFrom('ada@contoso.com', 'a b', ''), fc.string()),
  dbname: fc.oneof(fc.constantFrom('app', 'a/b?c#d', ''), fc.string()),
  sslmode: fc.constantFrom('disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'),
  sslrootcert: fc.constantFrom(
    '/ca.pem',
    'system',
    '/a\n/b',
    '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n/c',
    '',
  ),
  sslkey: fc.constantFrom('/key', '-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----'),
  sslnegotiation: fc.constantFrom('postgres', 'direct'),
  sslcertmode: fc.constantFrom('disable', 'allow', 'require'),
  ssl_min_protocol_version: fc.constantFrom('TLSv1', 'tlsv1.3', ''),
  ssl_max_protocol_version: fc.constantFrom('TLSv1.3', 'TLSv1.2', ''),
  sslsni: fc.constantFrom('0', '1', ''),
  trust: fc.constantFrom('azure', 'default'),
  auth: fc.constantFrom('entra', 'password'),
  scope: fc.constantFrom('https://x/.default', ''),
  authority_host: fc.constantFrom('https://login.example', ''),
  allowed_hosts: fc.constantFrom('a.example', '.a.example, b', ''),
  pool_mode: fc.constantFrom('none', 'session', 'transaction', 'statement', 'detect'),
  pgbouncer: fc.constantFrom('true', 'false'),
  max_prepared_statements: fc.constantFrom('0', '200'),
  session_features: fc.constantFrom('warn', 'error', 'off'),
  direct_port: fc.constantFrom('5432', '7000', ''),
  pooled_port: fc.constantFrom('6432', '7001', ''),
  connect_timeout: fc.constantFrom('-1', '0', '5', '2147483647'),
  keepalives: fc.constantFrom('0', '1', '2', ''),
  keepalives_idle: fc.constantFrom('0', '60', '-1'),
  options: fc.constantFrom('-c timezone=UTC', '-c statement_timeout=5', ''),
  replication: fc.constantFrom('true', 'database', ''),
  client_encoding: fc.constantFrom('utf8', 'auto', ''),
  target_session_attrs: fc.constantFrom('any', 'read-write', 'standby'),
  load_balance_hosts: fc.constantFrom('random', 'disable'),
  require_auth: fc.constantFrom('password', '!md5', 'scram-sha-256,md5', ''),
  channel_binding: fc.constantFrom('disable', 'prefer', 'require'),
  application_name: fc.string(),
  fallback_application_name: fc.string(),
  client_id: fc.string(),
  tenant_id: fc.string(),
  ssl_server_name: fc.string(),
  passfile: fc.constantFrom('/p', ''),
  gssencmode: fc.constantFrom('disable', 'prefer'),
  krbsrvname: fc.string(),
  password: fc.constantFrom('CANARY', 'CANARY @:/', ''),
  sslpassword: fc.constant('CANARY'),
};
const variable: Readonly<Record<string, string>> = {
  PGHOST: 'host',
  PGPORT: 'port',
  PGUSER: 'user',
  PGPASSWORD: 'password',
  PGDATABASE: 'dbname',
  PGSSLMODE: 'sslmode',
  PGOPTIONS: 'options',
  PGAPPNAME: 'application_name',
  PGSSLROOTCERT: 'sslrootcert',
  PGGSSENCMODE: 'gssencmode',
};
const settings = fc.record(plausible, { requiredKeys: [] });
const environment = fc.record(
  Object.fromEntries(
    Object.entries(variable).map(([name, setting]) => [name, plausible[setting] as fc.Arbitrary<string>]),
  ),
  { requiredKeys: [] },
);

/** The data of a connection, without what a URL cannot and shall not say. */
function dataOf(connection: AzureConnection): Record<string, unknown> {
  const { sources: _, ...data } = connection.toJSON();
  return data;
}

function resolved(input: string | ConnectionOptions, env: NodeJS.ProcessEnv): AzureConnection | undefined {
  try {
    return resolveConnection(input, undefined, env);
  } catch (error) {
    if (error instanceof AzurePgError) return undefined;
    throw error;
  }
}

describe('whatever is given', () => {
  it('a text gives a result or an AzurePgError', () => {
    fc.assert(
      fc.property(anyString, (text) => {
        resolved(text, {});
        try {
          parseConnectionString(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AzurePgError);
        }
      }),
      times(10_000),
    );
  });

  it('options of any kind give a result or an AzurePgError', () => {
    const name = fc.oneof(fc.constantFrom(...connectionOptionNames), fc.string());
    // A service's file would be read from this machine.
    const options = fc.dictionary(name, fc.anything(), { maxKeys: 4 });
    fc.assert(
      fc.property(options, (given) => void resolved(given as ConnectionOptions, { HOME: '/nonexistent' })),
      runs,
    );
  });

  it('an environment of any kind gives a result or an AzurePgError', () => {
    const name = fc.constantFrom(
      'PGHOST',
      'PGPORT',
      'PGTZ',
      'PGSERVICE',
      'DATABASE_URL',
      'AZURE_POSTGRESQL_HOST',
      'AZURE_POSTGRESQL_CONNECTIONSTRING',
      'AZURE_POSTGRESQL_SSL',
      'AZURE_AUTHORITY_HOST',
      'PGREQUIRESSL',
      'HOME',
    );
    fc.assert(
      fc.property(
        fc.dictionary(name, anyString),
        (env) => void resolved({}, { PGSERVICEFILE: '/nonexistent', ...env }),
      ),
      runs,
    );
  });

  it.each([
    ['commas', `postgres://${','.repeat(1_000_000)}`],
    ['hosts', `postgres://${'a,'.repeat(500_000)}b`],
    ['escapes', `postgres://u:${'%41'.repeat(333_333)}@h`],
    ['brackets', `postgres://${'[a],'.repeat(250_000)}[`],
    ['at signs', `postgres://${'@'.repeat(1_000_000)}`],
    ['spaces', `postgres://${' '.repeat(1_000_000)}`],
    ['parameters', `postgres://u@h/?${'user=a&'.repeat(140_000)}`],
    ['blanks', `user=a${' '.repeat(1_000_000)}x`],
    ['backslashes', `password=${'\\'.repeat(1_000_000)}`],
    ['quotes', `password='${"\\'".repeat(500_000)}`],
    ['equals', '='.repeat(1_000_000)],
    ['a long name', `${'x'.repeat(1_000_000)}=1`],
    ['a long value', `sslmode=${'x'.repeat(1_000_000)}`],
    ['a long number', `port=${'1'.repeat(1_000_000)} host=h`],
    ['a long host', `host=${'a.'.repeat(500_000)}`],
    ['long server options', `host=h user=u pool_mode=transaction options='${'-c a=b '.repeat(140_000)}'`],
    ['long root certificates', `host=h user=u sslrootcert='${'\n-----BEGIN '.repeat(80_000)}'`],
    ['allowed hosts', `host=h user=u allowed_hosts=${','.repeat(1_000_000)}`],
  ])('a megabyte of %s is read at once, and nothing overflows', (_, text) => {
    // Not a claim about speed: a quadratic reader would take minutes, and the test its time limit.
    resolved(text, {});
  });
});

describe('what is printed', () => {
  it('resolves to the same settings in the same environment and in none, and says no secret', () => {
    let connections = 0;
    fc.assert(
      fc.property(settings, environment, (given, env) => {
        const connection = resolved(given as ConnectionOptions, env);
        if (connection === undefined) return;
        connections++;
        const uri = String(connection);
        expect(uri).not.toContain('CANARY');
        const trusted = { trustConnectionString: true };
        expect(dataOf(resolveConnection(uri, trusted, env))).toEqual(dataOf(connection));
        const bare = dataOf(resolveConnection(uri, trusted, {}));
        expect(bare).toEqual(dataOf(connection));
        expect(String(resolveConnection(uri, trusted, {}))).toBe(uri);
        for (const twin of [connection.direct.bind(connection), connection.pooled.bind(connection)]) {
          let other: AzureConnection;
          try {
            other = twin();
          } catch (error) {
            expect(error).toMatchObject({ code: 'POOLER_UNSUPPORTED' });
            continue;
          }
          expect(dataOf(resolveConnection(String(other), trusted, {}))).toEqual(dataOf(other));
        }
      }),
      times(8000),
    );
    expect(connections).toBeGreaterThan(times(200).numRuns);
  });

  it('a text’s own settings survive the same way', () => {
    fc.assert(
      fc.property(generatedString, (text) => {
        const connection = resolved(text, {});
        if (connection === undefined) return;
        expect(dataOf(resolveConnection(String(connection), undefined, {}))).toEqual(dataOf(connection));
      }),
      runs,
    );
  });
});

describe('a secret is never shown', () => {
  const canary = 'CANARY7f3a';
  const shown = (error: unknown): string =>
    [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      String(error),
      (error as Error).stack,
      inspect((error as Error).cause, { depth: 9 }),
      (error as AzurePgError).hint,
    ].join('\n');
  const noise = fc.string({ unit: fc.constantFrom(...'@:/?#[]&= %,+\'"\\ab1') });
  const place = fc.constantFrom<(secret: string, rest: string) => string>(
    (secret, rest) => `postgres://u:${secret}@h/d${rest}`,
    (secret, rest) => `postgres://u:${encodeURIComponent(secret)}@h/d${rest}`,
    (secret, rest) => `postgres://u:${secret}@h/d?sslmode=x${rest}`,
    (secret, rest) => `postgres://u@h/d?password=${secret}&port=x${rest}`,
    (secret, rest) => `postgres://u@h/d?sslpassword=${secret}${rest}`,
    (secret, rest) => `host=h password=${secret} port=x${rest}`,
    (secret, rest) => `host=h password='${secret}' ${rest}`,
    (secret, rest) => `password=${secret}${rest}`,
  );
  const secret = fc.tuple(noise, noise).map(([before, after]) => `${before}${canary}${after}`);

  it('in the error about a text that holds it, however badly it is written', () => {
    let errors = 0;
    fc.assert(
      fc.property(place, secret, noise, (make, hidden, rest) => {
        const text = make(hidden, rest);
        for (const attempt of [
          () => resolveConnection(text, undefined, {}),
          () => resolveConnection({ connectionString: text }, undefined, {}),
          () => resolveConnection(undefined, undefined, { DATABASE_URL: text }),
          () => resolveConnection(undefined, undefined, { AZURE_POSTGRESQL_CONNECTIONSTRING: text }),
          () => parseConnectionString(text),
        ]) {
          try {
            attempt();
          } catch (error) {
            errors++;
            expect(error).toBeInstanceOf(AzurePgError);
            expect(shown(error)).not.toContain(canary);
          }
        }
      }),
      times(2500),
    );
    expect(errors).toBeGreaterThan(times(1000).numRuns);
  });

  it('in an error about another setting, or by the connection itself', () => {
    const bad = fc.record(
      {
        port: fc.constantFrom(0, 5432),
        sslmode: fc.constantFrom('x', 'require'),
        host: fc.constantFrom('', 'h', azure),
        auth: fc.constantFrom('x', 'password', 'entra', 'keyvault'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(bad, (options) => {
        const all = {
          user: 'u',
          ...options,
          password: canary,
          sslpassword: canary,
        } as unknown as ConnectionOptions;
        try {
          const connection = resolveConnection(all, undefined, { PGPASSWORD: canary });
          const everything =
            inspect(connection, { depth: 9, showHidden: true }) +
            JSON.stringify(connection) +
            String(connection);
          expect(everything).not.toContain(canary);
          expect(secretsOf(connection).sslPassword).toBe(canary);
        } catch (error) {
          if (!(error instanceof AzurePgError)) throw error;
          expect(shown(error)).not.toContain(canary);
        }
      }),
      runs,
    );
  });
});
