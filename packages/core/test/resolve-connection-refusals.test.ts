import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { assertPoolerTakes } from '../src/adapter.ts';
import { type AzurePgError, type ConnectionOptions, resolveConnection } from '../src/index.ts';

const azure = 'srv.postgres.database.azure.com';

function refusal(
  input?: string | ConnectionOptions,
  options?: ConnectionOptions,
  env: NodeJS.ProcessEnv = {},
): AzurePgError {
  try {
    resolveConnection(input, options, env);
  } catch (error) {
    return error as AzurePgError;
  }
  throw new Error(`It was taken: ${JSON.stringify(input)}`);
}

describe('an invalid setting is refused when it is written, with its name, its source and what would do', () => {
  it.each<[text: string, message: RegExp, hint?: RegExp]>([
    [
      'postgres://u@h?sslmde=require',
      /Unknown setting "sslmde" in the connection string/,
      /Did you mean "sslmode"/,
    ],
    ['host=h sslmde=require', /Unknown setting "sslmde"/, /"sslmode"/],
    ['postgres://u@h?poolMode=none', /Unknown setting "poolMode"/, /Did you mean "pool_mode"/],
    ['postgres://u@h?schema=public', /Unknown setting "schema"/, /search_path/],
    ['postgres://u@h?connection_limit=5', /Unknown setting "connection_limit"/, /max/],
    ['postgres://u@h?ssl=false', /Unknown setting "ssl"/, /sslmode=disable/],
    [
      'postgres://u@h?sslmode=requre',
      /sslmode \(from the connection string\): it must be one of disable, allow/,
      /"require"/,
    ],
    ['postgres://u@h?sslmode=', /sslmode/],
    ['postgres://u@h?auth=aad', /auth .*entra, password, keyvault/],
    [
      'postgres://u@h?pool_mode=transactions',
      /pool_mode .*none, session, transaction, statement, detect/,
      /"transaction"/,
    ],
    ['postgres://u@h?pgbouncer=maybe', /pgbouncer .*true or false/],
    ['postgres://u@h?max_prepared_statements=-1', /max_prepared_statements .*from 0/],
    ['postgres://u@h?max_prepared_statements=many', /max_prepared_statements/],
    ['postgres://u@h?session_features=on', /session_features .*warn, error, off/],
    ['postgres://u@h?trust=azur', /trust/, /"azure"/],
    ['postgres://u@h?connect_timeout=5s', /connect_timeout .*whole number/],
    ['postgres://u@h?connect_timeout=', /connect_timeout/],
    ['postgres://u@h?connect_timeout=99999999999', /connect_timeout/],
    ['postgres://u@h:0', /port .*1 to 65535/],
    ['postgres://u@h:65536', /port .*1 to 65535/],
    ['postgres://u@h:5432x', /port/],
    ['host=a,b,c port=1,2', /2 ports for 3 hosts/],
    ['host=a,b hostaddr=1.2.3.4', /1 addresses for 2 host names/],
    ['hostaddr=db.example', /hostaddr .*IP address/],
    ['postgres://u:p@/app', /host \(from the connection string\): it is empty/, /variable/],
    ['postgres://:5432/app', /host .*it is empty/],
    ['postgres://a,/app', /host .*it is empty/],
    ['port=1 host=', /host .*it is empty/],
    ['host= port=1', /host .*no host name has/],
    ['postgres:///app?host=', /host .*it is empty/],
    ['host=[::1]', /host .*without brackets/],
    ['postgres://u:pa@ss@h/app', /two "@" before the host/, /%40/],
    ['postgres://u:p@@ss@h/app', /two "@" before the host/],
    ['postgres://u:p/ss@h/app', /"@" in the name of the database/],
    ['postgres://u:12/CANARY@h/app', /"@" in the name of the database/, /%2F/],
    ['postgres://u:AAA@BBB/CANARY@h/db', /"@" in the name of the database/, /%2F/],
    ['postgres://u@b/CANARY@h/db', /"@" in the name of the database/],
    ['postgres://u:p@https://h/db', /host .*scheme/],
    ['host=http', /host .*scheme/],
    ['postgres://u@h?sslmode=no-verify', /sslmode/, /require/],
    ['host=h\\ h', /host/],
    ['dbname=postgres://u:p@h/d', /Unknown|dbname .*it is a connection string/],
    ["dbname='host=h password=p'", /dbname .*it is a connection string/],
    ['postgres://u@h?client_encoding=latin1', /client_encoding .*UTF-8/],
    ['postgres://u@h?replication=maybe', /replication/],
    ['postgres://u@h?keepalives=maybe', /keepalives/],
    ['postgres://u@h?target_session_attrs=master', /target_session_attrs .*prefer-standby/],
    ['postgres://u@h?load_balance_hosts=round-robin', /load_balance_hosts/],
    ['postgres://u@h?channel_binding=yes', /channel_binding/],
    ['postgres://u@h?require_auth=scram', /require_auth .*scram-sha-256/],
    ['postgres://u@h?require_auth=md5,!password', /require_auth .*mixed/],
    ['postgres://u@h?require_auth=md5,md5', /require_auth .*twice/],
    ['postgres://u@h?require_auth=gss,sspi', /require_auth .*supported/],
    ['postgres://u@h?ssl_min_protocol_version=1.2', /ssl_min_protocol_version .*TLSv1\.2/],
    ['postgres://u@h?ssl_max_protocol_version=TLSv1.1', /ssl_max_protocol_version .*below/],
    ['postgres://u@h?direct_port=0', /direct_port/],
    [`postgres://${azure}?scope=https://x//.default`, /scope .*slash/],
    [`postgres://${azure}?scope=https://ossrdbms-aad.database.windows.net/`, /scope .*slash/, /"\.default"/],
    [`postgres://${azure}?authority_host=login.example`, /authority_host .*URL/],
    [`postgres://${azure}?allowed_hosts=*.example`, /allowed_hosts/],
    ['postgres://u@h?auth=keyvault', /password: .*URI of a secret/],
    ['postgres://u@h?auth=keyvault&password=CANARY', /password .*URI of a secret/],
    [
      'postgres://u@h?sslcert=-----BEGIN PRIVATE KEY-----CANARY'.replaceAll(' ', '%20'),
      /sslcert .*private key/,
    ],
    ['', /empty/, /variable/],
    ['  \n', /empty/],
    ['db.example.org', /neither a postgres:\/\/ URI nor keyword=value/],
  ])('%s', (text, message, hint) => {
    const error = refusal(text);
    expect(error.name).toBe('AzurePgError');
    expect(error.code).toMatch(/^INVALID_/);
    expect(error.message).toMatch(message);
    expect(error.message + error.hint + error.stack).not.toContain('CANARY');
    if (hint) expect(error.hint).toMatch(hint);
  });

  it.each<[what: string, options: object, message: RegExp]>([
    ['an unknown option', { host: 'h', sslMod: 'require' }, /Unknown option "sslMod"/],
    ['a driver’s option', { host: 'h', max: 5 }, /Unknown option "max"/],
    ['both spellings', { poolMode: 'none', pool_mode: 'none' }, /"pool_mode".*"poolMode"/],
    ['dbname twice', { database: 'a', dbname: 'b' }, /"dbname".*"database"/],
    ['null', { host: null }, /"host".*null/],
    ['an object', { port: {} }, /"port".*object/],
    ['NaN', { port: Number.NaN }, /"port"/],
    ['a list where there is none', { user: ['a'] }, /"user".*list/],
    ['a list within a list', { host: [['a']] }, /"host"/],
    ['a comma in a list', { host: ['a,b'] }, /"host".*comma/],
    ['an empty host', { host: '' }, /host \(from the option "host"\): it is empty/],
    ['an empty list', { host: [] }, /host .*empty/],
    ['a credential that is none', { credential: 'CANARY' }, /"credential".*getToken/],
    ['a token provider that is none', { tokenProvider: 'CANARY' }, /"tokenProvider".*function/],
    ['a logger that is none', { logger: 'CANARY' }, /"logger"/],
    ['a connection string that is none', { connectionString: 5 }, /"connectionString".*string/],
    ['NUL', { user: 'a\0b' }, /user .*NUL/],
  ])('%s', (_, options, message) => {
    const error = refusal(options as ConnectionOptions);
    expect(error.code).toBe('INVALID_SETTING');
    expect(error.message).toMatch(message);
    expect(error.message + error.hint).not.toContain('CANARY');
  });

  it('input that is neither a string nor an object', () => {
    for (const input of [5, true, [], Symbol('x'), () => 1]) {
      expect(refusal(input as unknown as string).code).toBe('INVALID_SETTING');
    }
    expect(refusal('postgres://h', { connectionString: 'postgres://h' }).message).toMatch(
      /Two connection strings/,
    );
  });

  it.each<[setting: string, source: string, ...Parameters<typeof refusal>]>([
    ['sslmode', 'options', { host: 'h', sslmode: 'x' as never }],
    ['port', 'options', { host: 'h', port: {} as never }],
    ['sslMod', 'options', { host: 'h', sslMod: 'require' } as never],
    ['sslmode', 'connection string', 'postgres://u@h?sslmode=x'],
    ['colour', 'connection string', 'postgres://u@h?colour=red'],
    ['sslmode', 'environment', 'postgres://u@h', {}, { PGSSLMODE: 'x' }],
    ['colour', 'environment', undefined, {}, { DATABASE_URL: 'postgres://u@h?colour=red' }],
  ])('the error has the setting (%s) and its source (%s) as fields', (setting, source, ...given) => {
    expect(refusal(...given)).toMatchObject({ setting, source });
  });

  it('a variable is named', () => {
    expect(refusal('postgres://u@h', {}, { PGSSLMODE: 'CANARY' }).message).toMatch(
      /^Invalid sslmode \(from the environment variable PGSSLMODE\): it must be one of [a-z, -]+$/,
    );
  });
});

describe('settings that contradict each other', () => {
  const credential = { getToken: async () => null };
  it.each<[what: string, input: string, options: ConnectionOptions, message: RegExp]>([
    [
      'pgbouncer and pool_mode',
      'postgres://u@h?pgbouncer=true&pool_mode=none',
      {},
      /pgbouncer .*contradicts/,
    ],
    [
      'no pooler with a mode',
      'postgres://u@h?pgbouncer=false&pool_mode=session',
      {},
      /pgbouncer .*contradicts/,
    ],
    [
      'no pooler with statements',
      'postgres://u@h?pgbouncer=false&max_prepared_statements=5',
      {},
      /max_prepared_statements/,
    ],
    ['Entra and a password', `postgres://u:p@${azure}?auth=entra`, {}, /auth .*contradict/],
    [
      'a credential and a password option',
      `postgres://u@${azure}`,
      { auth: 'entra', password: 'p' },
      /contradict/,
    ],
    [
      'a credential and a token provider',
      `postgres://u@${azure}`,
      { credential, tokenProvider: async () => '' },
      /contradict/,
    ],
    [
      'a password and a credential',
      `postgres://u@${azure}`,
      { password: 'p', credential },
      /"password" and "credential"/,
    ],
    ['two identities', `postgres://u@${azure}?client_id=a&managed_identity_resource_id=b`, {}, /contradict/],
    ['Entra and channel_binding', `postgres://u@${azure}?channel_binding=require`, {}, /channel_binding/],
    [
      'Entra and require_auth',
      `postgres://u@${azure}?require_auth=scram-sha-256`,
      {},
      /require_auth .*password/,
    ],
    ['Entra and !password', `postgres://u@${azure}?require_auth=!password`, {}, /require_auth .*password/],
    [
      'weak sslmode and system roots',
      'postgres://u@h?sslrootcert=system&sslmode=require',
      {},
      /sslmode .*verify-full/,
    ],
    ['weak sslmode and direct TLS', 'postgres://u@h?sslnegotiation=direct', {}, /sslnegotiation/],
    ['Azure’s roots and others', 'postgres://u@h?trust=azure&sslrootcert=/f', {}, /trust .*contradict/],
  ])('%s', (_, input, options, message) => {
    expect(refusal(input, options).message).toMatch(message);
  });

  it('between layers the stronger one wins', () => {
    const modes = (text: string, options: ConnectionOptions): string =>
      resolveConnection(text, options, {}).pooling.poolMode;
    expect(modes('postgres://u@h?pgbouncer=true', { poolMode: 'none' })).toBe('none');
    expect(modes('postgres://u@h?pool_mode=session', { pgbouncer: false })).toBe('none');
    expect(modes('postgres://u@h?pool_mode=session&max_prepared_statements=5', { pgbouncer: false })).toBe(
      'none',
    );
    expect(
      resolveConnection(`postgres://${azure}?client_id=a`, { managedIdentityResourceId: 'b' }, {}).entra,
    ).toMatchObject({
      clientId: undefined,
      managedIdentityResourceId: 'b',
    });
    expect(
      resolveConnection('postgres://u@h?sslrootcert=/f', { trust: 'azure' }, {}).tls.rootCertificates,
    ).toEqual([]);
  });
});

describe('what libpq knows and we cannot do', () => {
  it.each([
    'gssencmode=require',
    'gssdelegation=1',
    'sslcompression=1',
    'sslkeylogfile=/f',
    'scram_client_key=CANARY',
    'scram_server_key=CANARY',
    'oauth_issuer=https://x',
    'oauth_client_id=x',
    'oauth_client_secret=CANARY',
    'oauth_scope=x',
    'min_protocol_version=3.2',
    'max_protocol_version=4',
    'tcp_user_timeout=5',
    'uselibpqcompat=false',
    'requirepeer=postgres host=/tmp',
  ])('%s is refused by name', (setting) => {
    const error = refusal(`user=u ${setting}`);
    expect(error.message).toContain(setting.split('=')[0]);
    expect(error.message + error.hint).not.toContain('CANARY');
  });

  it.each([
    'gssencmode=disable',
    'gssencmode=prefer',
    'gssdelegation=0',
    'sslcompression=0',
    'sslkeylogfile=',
    'scram_client_key=',
    'oauth_issuer=',
    'min_protocol_version=3.0',
    'max_protocol_version=latest',
    'tcp_user_timeout=0',
    'krbsrvname=postgres',
    'gsslib=gssapi',
    'uselibpqcompat=true',
    'requirepeer=postgres',
    'client_encoding=UTF-8',
    'client_encoding=auto',
    'replication=database',
    'keepalives_interval=0',
  ])('%s asks for nothing, or for what is anyway', (setting) => {
    expect(() => resolveConnection(`host=h user=u ${setting}`, {}, {})).not.toThrow();
  });

  it('keepalives_interval and keepalives_count hold where Node.js can set them, and are refused where it cannot', () => {
    const resolve = () =>
      resolveConnection('host=h user=u keepalives_interval=5 keepalives_count=3', {}, {}).tcp;
    if (Socket.prototype.setKeepAlive.length >= 4) {
      expect(resolve()).toMatchObject({ keepalivesInterval: 5, keepalivesCount: 3 });
      // With a delay of 0 Node.js would leave all three as they are.
      expect(() => resolveConnection('host=h user=u keepalives_idle=0 keepalives_count=3', {}, {})).toThrow(
        /keepalives_count .*keepalives_idle/,
      );
    } else {
      expect(resolve).toThrow(/keepalives_interval .*Node\.js/);
    }
  });
});

describe('a Key Vault reference that the platform did not resolve', () => {
  const reference = '@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/CANARY)';
  it.each<
    [
      what: string,
      input: string | undefined,
      options: ConnectionOptions,
      env: NodeJS.ProcessEnv,
      name: RegExp,
    ]
  >([
    ['the string', reference, {}, {}, /the connection string/],
    ['DATABASE_URL', undefined, {}, { DATABASE_URL: reference }, /DATABASE_URL/],
    ['a password in a URL', `postgres://u:${encodeURIComponent(reference)}@h`, {}, {}, /password/],
    ['an option', 'postgres://u@h', { password: reference }, {}, /password .*option/],
    ['PGPASSWORD', 'postgres://u@h', {}, { PGPASSWORD: reference }, /password .*PGPASSWORD/],
    ['PGHOST', undefined, {}, { PGHOST: reference }, /host .*PGHOST/],
    [
      'Service Connector',
      undefined,
      {},
      { AZURE_POSTGRESQL_HOST: azure, AZURE_POSTGRESQL_PASSWORD: reference },
      /AZURE_POSTGRESQL_PASSWORD/,
    ],
    [
      'its string',
      undefined,
      {},
      { AZURE_POSTGRESQL_CONNECTIONSTRING: reference },
      /AZURE_POSTGRESQL_CONNECTIONSTRING/,
    ],
    [
      'its client secret',
      undefined,
      {},
      { AZURE_POSTGRESQL_HOST: azure, AZURE_POSTGRESQL_CLIENTSECRET: reference },
      /AZURE_POSTGRESQL_CLIENTSECRET/,
    ],
    ['in other letters', 'postgres://u@h', { user: reference.toLowerCase() }, {}, /user/],
  ])('in %s is refused by name', (_, input, options, env, name) => {
    const error = refusal(input, options, env);
    expect(error.message).toMatch(/Key Vault reference/);
    expect(error.message).toMatch(name);
    expect(error.message + error.hint).not.toMatch(/canary/i);
  });
});

describe('startup parameters that PgBouncer refuses', () => {
  it.each([
    '-c statement_timeout=5s',
    '-cstatement_timeout=5s',
    '--statement-timeout=5s',
    '--search_path=a\\ b',
    '-c timezone=UTC -c lock_timeout=1',
    '-c extra_float_digits=3',
    '-N 3',
    '-e',
    '-c',
    'statement_timeout=5',
  ])('options=%s through a pooler', (options) => {
    const error = refusal(`postgres://u@${azure}:6432/app`, { options });
    expect(error.code).toBe('POOLER_UNSUPPORTED');
    expect(error.hint).toMatch(/SET LOCAL.*ALTER ROLE … SET/);
    expect(
      resolveConnection(`postgres://u@${azure}:5432/app`, { options }, {}).startupParameters.options,
    ).toBe(options);
  });

  it.each([
    '-c timezone=UTC',
    '--DateStyle=ISO',
    '-c application_name=a\\ b --client_encoding=UTF8',
    '-c IntervalStyle=iso_8601',
  ])('options=%s pass', (options) => {
    expect(() => resolveConnection(`postgres://u@${azure}:6432/app`, { options }, {})).not.toThrow();
  });

  it('a driver’s own are judged the same way', () => {
    const pooled = resolveConnection(`postgres://u@${azure}:6432/app`, {}, {});
    expect(() => assertPoolerTakes(pooled, { statement_timeout: 5 }, 'pg’s options')).toThrow(
      /startup parameter statement_timeout \(from pg’s options\)/,
    );
    expect(() =>
      assertPoolerTakes(pooled, { statement_timeout: undefined, application_name: 'x' }, 'x'),
    ).not.toThrow();
    expect(() => assertPoolerTakes(pooled.direct(), { statement_timeout: 5 }, 'x')).not.toThrow();
  });
});
