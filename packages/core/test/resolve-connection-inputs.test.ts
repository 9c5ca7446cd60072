import { describe, expect, it } from 'vitest';
import { secretsOf } from '../src/connection/connection-secrets.ts';
import { type AzurePgError, type ConnectionOptions, resolveConnection } from '../src/index.ts';
import { settingsOfSsl } from '../src/settings/adapters/ssl-option.ts';

// What people paste and mount. What can only mean one thing is taken; what libpq would take for something else is called by its name.

const azure = 'srv.postgres.database.azure.com';
const url = `postgresql://ada@${azure}/app?sslmode=verify-full`;

function refusal(input: string | ConnectionOptions | undefined, env: NodeJS.ProcessEnv = {}): AzurePgError {
  try {
    resolveConnection(input, undefined, env);
  } catch (error) {
    return error as AzurePgError;
  }
  throw new Error(`It was taken: ${JSON.stringify(input)}`);
}

/** Where it goes, and who. */
const told = (input: string | ConnectionOptions | undefined, env: NodeJS.ProcessEnv = {}) => {
  const connection = resolveConnection(input, undefined, env);
  const { hosts, user, database, tls } = connection;
  return {
    hosts: hosts.map(({ host, port }) => `${host}:${port}`).join(),
    user,
    database,
    mode: tls.mode,
    password: secretsOf(connection).password,
  };
};

describe('white space around', () => {
  const expected = told(url);
  it.each([`${url}\n`, `${url}\r\n`, `  ${url}`, `\t${url} \n\n`, `\uFEFF${url}`])('a URL: %j', (text) => {
    expect(told(text)).toEqual(expected);
    expect(told({ connectionString: text })).toEqual(expected);
    expect(told(undefined, { DATABASE_URL: text })).toEqual(expected);
    expect(told(undefined, { AZURE_POSTGRESQL_CONNECTIONSTRING: text })).toEqual(expected);
    expect(told(undefined, { POSTGRESQLCONNSTR_db: text })).toEqual(expected);
  });

  it('a URL that begins in capitals', () => {
    expect(told(url.replace('postgresql', 'PostgreSQL'))).toEqual(expected);
  });

  it('single variables and options', () => {
    const env = { PGHOST: `${azure}\n`, PGUSER: 'ada\n', PGDATABASE: 'app\r\n', PGSSLMODE: 'verify-full\n' };
    expect(told(undefined, { ...env, PGPORT: '5432\n' })).toEqual(expected);
    const options = { host: `${azure}\n`, user: 'ada\n', database: 'app\n', port: '5432\n' };
    expect(told({ ...options, sslmode: 'verify-full\n' } as object)).toEqual(expected);
    const connector = { AZURE_POSTGRESQL_HOST: `${azure}\n`, AZURE_POSTGRESQL_USER: 'ada\n' };
    expect(told(undefined, { ...connector, AZURE_POSTGRESQL_DATABASE: 'app\n' })).toEqual(expected);
  });

  it('a variable of white space alone is one that is not set', () => {
    expect(told(undefined, { DATABASE_URL: ' \n', PGHOST: azure, PGUSER: '\n' })).toMatchObject({
      hosts: `${azure}:5432`,
      user: undefined,
    });
  });

  it('but not a password, which may end in it', () => {
    expect(told('host=localhost user=u', { PGPASSWORD: 'secret\n' }).password).toBe('secret\n');
    expect(told({ host: 'localhost', user: 'u', password: ' secret\n' }).password).toBe(' secret\n');
    expect(told(`host=localhost user=u password='secret '`).password).toBe('secret ');
  });
});

describe('a text in another form is read wherever a text is', () => {
  const settings = { hosts: `${azure}:6432`, user: 'ada', database: 'app', mode: 'verify-full' };
  it.each<[what: string, text: string, differs?: object]>([
    ['JDBC', `jdbc:postgresql://${azure}:6432/app?user=ada&sslmode=verify-full`],
    [
      'JDBC with its own names',
      `jdbc:postgresql://${azure}:6432/app?user=ada&ssl=true&ApplicationName=x&loginTimeout=5&tcpKeepAlive=true&`,
    ],
    [
      'JDBC with several hosts',
      `jdbc:postgresql://a,b:6432/app?user=ada&targetServerType=preferSecondary&sslmode=verify-full`,
      { hosts: 'a:5432,b:6432' },
    ],
    [
      'JDBC with a password',
      `jdbc:postgresql://${azure}:6432/app?user=ada&password=a+b%2Bc&sslmode=verify-full`,
      { password: 'a b+c' },
    ],
    [
      'Npgsql',
      `Host=${azure};Port=6432;Username=ada;Database=app;SSL Mode=VerifyFull;Trust Server Certificate=true`,
    ],
    [
      'Npgsql with the password first',
      `Password="a=;b";Server=${azure};Port=6432;User Id=ada;Database=app;Ssl Mode=Verify-Full`,
      { password: 'a=;b' },
    ],
    [
      'Npgsql with base64',
      `Password=abc==;Server=${azure};Port=6432;User Id=ada;Database=app;Ssl Mode=VerifyFull;`,
      { password: 'abc==' },
    ],
    [
      'Npgsql with several hosts',
      `Host=a:6432,b;Username=ada;Database=app;Target Session Attributes=Prefer-Standby;SSL Mode=VerifyFull`,
      { hosts: 'a:6432,b:5432' },
    ],
  ])('%s', (_, text, differs = {}) => {
    const expected = { ...settings, password: undefined, ...differs };
    expect(told(text)).toEqual(expected);
    expect(told({ connectionString: `${text}\n` })).toEqual(expected);
    expect(told(undefined, { DATABASE_URL: text })).toEqual(expected);
    expect(told(undefined, { CUSTOMCONNSTR_db: text, CUSTOMCONNSTR_cache: 'redis://h' })).toEqual(expected);
    expect(told(undefined, { ConnectionStrings__app: text })).toEqual(expected);
  });

  it.each([
    ['ssl=true', 'verify-full'],
    ['ssl', 'verify-full'],
    ['ssl=true&sslmode=require', 'require'],
    ['sslmode=require&ssl=true', 'require'],
  ])('JDBC’s %s means what it does there, also elsewhere than on Azure: %s', (query, mode) => {
    const text = `jdbc:postgresql://db.example/app?user=ada&password=p&${query}`;
    expect(resolveConnection(text, undefined, {}).tls.mode).toBe(mode);
  });

  it('a setting that only the other driver has is named', () => {
    expect(refusal(`jdbc:postgresql://h/app?prepareThreshold=0`).message).toBe(
      'Unknown setting "prepareThreshold" in the connection string',
    );
    const dotnet = refusal(`Host=h;Maximum Pool Size=5`);
    expect(dotnet.message).toBe(
      'Unknown setting "Maximum Pool Size" in the connection string, which is in ADO.NET\'s form',
    );
    expect(dotnet.hint).toContain('(max)');
    expect(refusal('Host=h;Password=CANARY;se cret=1').message).not.toContain('cret');
  });

  it.each(['Server=tcp:h,5432;Database=app', 'Server=tcp:h;Database=app', 'Server=h,5432;Password=CANARY'])(
    'the host in SQL Server’s form is called by its name: %s',
    (text) => {
      const { message, hint } = refusal(text);
      expect(message).toMatch(/SQL Server/);
      expect(hint).toMatch(/Port=5432/);
      expect(message).not.toContain('CANARY');
    },
  );

  it.each([
    ['host=h user=u password=a;b', { password: 'a;b' }],
    ['user=a;b host=h', { user: 'a;b' }],
  ])('keyword/value pairs with a semicolon stay what they are: %s', (text, expected) => {
    expect(told(text)).toMatchObject(expected);
  });

  it('a driver’s ssl option is held against the sslmode in it', () => {
    const connectionString = `jdbc:postgresql://${azure}/app?sslmode=disable`;
    expect(() => settingsOfSsl(true, { connectionString })).toThrow(/contradicts sslmode=disable/);
  });
});

describe('connection strings of App Service and .NET', () => {
  it('yield to whatever else names a server', () => {
    const env = { POSTGRESQLCONNSTR_db: `Host=${azure}` };
    expect(told(undefined, { ...env, DATABASE_URL: 'postgres://u@elsewhere' }).hosts).toBe('elsewhere:5432');
    expect(told(undefined, { ...env, PGHOST: 'elsewhere' }).hosts).toBe('elsewhere:5432');
    expect(told('postgres://u@elsewhere', env).hosts).toBe('elsewhere:5432');
  });

  it('of other databases are not looked at', () => {
    const env = {
      SQLAZURECONNSTR_db: 'Server=tcp:x.database.windows.net,1433;Database=app;User ID=u;Password=p;',
      ConnectionStrings__mysql: 'Server=x.mysql.database.azure.com;Database=app;Uid=u;Pwd=p;',
      ConnectionStrings__cache: 'localhost:6379,password=p',
    };
    expect(told(undefined, env).hosts).toBe('localhost:5432');
  });

  it('are refused where there are several', () => {
    const { code, message } = refusal(undefined, {
      POSTGRESQLCONNSTR_one: 'Host=a;Password=CANARY',
      ConnectionStrings__two: 'postgresql://b',
    });
    expect(code).toBe('INVALID_SETTING');
    expect(message).toMatch(/POSTGRESQLCONNSTR_one, ConnectionStrings__two/);
    expect(message).not.toContain('CANARY');
  });

  it('cannot widen trust, as no text can', () => {
    const text = 'postgresql://u@example.org/app?allowed_hosts=example.org&auth=entra';
    expect(refusal(undefined, { ConnectionStrings__app: text }).message).toMatch(/allowed_hosts/);
    expect(refusal(`  ${text}\n`).message).toMatch(/allowed_hosts/);
  });
});

describe('what libpq would take for something else is called by its name', () => {
  it.each<[input: string | ConnectionOptions, message: RegExp, hint: RegExp]>([
    [`postgresql://ada@srv:CANARY@${azure}/app`, /"@" in the name of the role/, /plain role name/],
    [`postgresql://ada@srv@${azure}/app`, /two "@"/, /%40/],
    [`postgresql://ada:CANARY@@${azure}/app`, /two "@"/, /%40/],
    ['postgresql://ada:CANARY@@srv', /two "@"/, /%40/],
    [`postgresql://ada:CANARY@http://${azure}`, /host .*the scheme of a URL/, /server alone/],
    [`"${url}"`, /it is in quotes/, /--env-file/],
    [`'${url}'`, /it is in quotes/, /--env-file/],
    [`DATABASE_URL=${url}`, /the name of a variable/, /postgresql:/],
    [`export DATABASE_URL="${url}"`, /the name of a variable/, /postgresql:/],
    [`psql "${url}"`, /a command for psql/, /alone/],
    [`https://${azure}/app`, /its scheme is not/, /postgresql:/],
    ['postgresql+psycopg2://ada:CANARY@h/app', /its scheme is not/, /postgresql:/],
    [{ host: `${azure}:5432` }, /"host".*contains a port/, /"port"/],
    [{ host: '[::1]:5432' }, /"host".*contains a port/, /"port"/],
    [{ host: `https://${azure}` }, /"host".*is a URL/, /server alone/],
    [`host=${azure}:5432`, /host .*contains a port/, /"port"/],
  ])('%j', (input, message, hint) => {
    const error = refusal(input);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(`${error.stack}${error.hint}`).not.toContain('CANARY');
  });

  it('with the variable that it came from', () => {
    expect(refusal(undefined, { DATABASE_URL: `"${url}"` }).message).toMatch(
      /the environment variable DATABASE_URL: it is in quotes/,
    );
    expect(refusal(undefined, { AZURE_POSTGRESQL_HOST: `${azure}:5432` }).message).toMatch(
      /AZURE_POSTGRESQL_HOST.*contains a port/,
    );
  });

  it('an abstract Unix socket is none of that', () => {
    expect(told('postgresql://ada@@socket/app').hosts).toBe('@socket:5432');
  });
});
