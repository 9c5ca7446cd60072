import { expect, it, vi } from 'vitest';
import { splitOptions } from '../../src/settings/adapters/split-options.ts';

const driver = new Set(['max', 'idleTimeoutMillis', 'statement_timeout', 'ssl', 'Client', 'types']);
const given = { host: 'a', user: 'b' };

// What pg-boss, Knex, @fastify/postgres, TypeORM, Directus and others put beside the connection's own options.
const foreign =
  'schema supervise schedule migrate createSchema db monitorIntervalSeconds cronMonitorIntervalSeconds warningQueueSize persistWarnings ' +
  'adapter client filename expirationChecker searchPath pool debug pg name native type synchronize entities poolErrorHandler ' +
  'uuidExtension logNotifications tableName ttl noWarnings noLocking connectionName maxPoolSize preparedStatements lookup key driver';

it.each(foreign.split(' '))('the option %s of another library goes to the driver', (name) => {
  const debug = vi.fn();
  const { connection, driver: left } = splitOptions({ ...given, [name]: 1, logger: { debug } }, driver);
  expect(left).toEqual({ [name]: 1 });
  expect(connection).not.toHaveProperty(name);
  expect(debug).toHaveBeenCalledExactlyOnceWith(expect.any(String), { options: [name] });
});

it('one line names all of them, no value, and a logger that throws does no harm', () => {
  const debug = vi.fn(() => {
    throw new Error('no disk');
  });
  splitOptions({ schema: 'canary', supervise: true, 'a name that is none': 1, logger: { debug } }, driver);
  expect(debug).toHaveBeenCalledExactlyOnceWith(expect.any(String), { options: ['schema', 'supervise'] });
});

it.each([
  'idleTimeoutMilis',
  'idle_timeout_millis',
  'poolmode',
  'pool_mod',
  'hots',
  'maxx',
  'statement_timout',
  'credentials',
])('%s is a slip, and refused with the name that was meant', (name) => {
  expect(() => splitOptions({ ...given, [name]: 1 }, driver)).toThrow(
    expect.objectContaining({
      code: 'INVALID_SETTING',
      setting: name,
      source: 'options',
      hint: expect.stringMatching(/^Did you mean "\w+"\?$/),
    }),
  );
});

it.each(
  (
    'rejectUnauthorized trustServerCertificate encrypt useSSL sslEnabled sslca ssl_ca sslaccept ca cert pfx tls tlsOptions tlsInsecure enableTls ' +
    'checkServerIdentity minVersion secure verifyCertificate authMode authentication passphrase servername requireSSL cipherSuites TLS ' +
    'rejectunauthorized verifycert noverify skipHostnameCheck check_hostname hostnameVerifier allowUntrusted PGSSLMODE PGSSLROOTCERT selfSigned'
  ).split(' '),
)('%s would make somebody believe to be secure, and is refused', (name) => {
  for (const value of [true, false]) {
    expect(() => splitOptions({ ...given, [name]: value }, driver)).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING', setting: name }),
    );
  }
});

it.each(['hostname', 'server', 'url', 'uri', 'dsn'])(
  '%s says where to connect, and is refused where nothing else does',
  (name) => {
    expect(() => splitOptions({ user: 'b', [name]: 'x' }, driver)).toThrow(`Unknown option "${name}"`);
    for (const place of [{ host: 'a' }, { connectionString: 'postgres://a' }]) {
      expect(() => splitOptions({ ...place, [name]: 'x' }, driver)).not.toThrow();
    }
  },
);

it('a text that was spread into the options is refused, and not shown', () => {
  expect(() => splitOptions({ ...(Object('postgres://u:canary@h') as object) }, driver)).toThrow(
    /^Unknown option "0"$/,
  );
});

it('an option that is undefined or null was not given', () => {
  expect(() => splitOptions({ rejectUnauthorized: undefined, hots: null }, driver)).not.toThrow();
});
