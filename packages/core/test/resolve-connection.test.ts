import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { secretsOf } from '../src/connection/connection-secrets.ts';
import { resolveConnection } from '../src/index.ts';
import { connectionOptionNames, isConnectionOption } from '../src/settings/gather/option-names.ts';

const azure = 'srv.postgres.database.azure.com';

describe('a URL alone says everything', () => {
  it('an Azure host without a password: Entra, verified, no pooler', () => {
    const connection = resolveConnection(`postgresql://myapp@${azure}/app`, undefined, {});
    expect(connection).toMatchObject({
      hosts: [{ host: azure, hostaddr: undefined, port: 5432 }],
      endpoint: { kind: 'flexible-server', cloud: 'public', pooled: false },
      user: 'myapp',
      database: 'app',
      auth: 'entra',
      tls: { mode: 'verify-full', minVersion: 'TLSv1.2', rootCertificates: [], sni: true },
      entra: { scope: 'https://ossrdbms-aad.database.windows.net/.default', authorityHost: undefined },
      pooling: { poolMode: 'none', maxPreparedStatements: 0 },
      connectTimeout: 30_000,
      tcp: { keepalives: true, keepalivesIdle: 60 },
      sessionFeatures: 'warn',
      targetSessionAttrs: 'any',
    });
    expect(secretsOf(connection).password).toBe(undefined);
  });

  it('an Azure host without a user: the role is derived from the token, not from this machine', () => {
    expect(resolveConnection(`postgresql://${azure}/app`, undefined, {}).user).toBe(undefined);
  });

  it('the pooled port: transaction mode without prepared statements, which are the defaults of Azure', () => {
    const connection = resolveConnection(`postgresql://${azure}:6432/app`, undefined, {});
    expect(connection.pooling).toEqual({ poolMode: 'transaction', maxPreparedStatements: 0 });
    expect(connection.sourceOf('pool_mode')).toBe('derived');
  });

  it('any other host works as with the bare driver: password, sslmode prefer, no pooler even on 6432', () => {
    const connection = resolveConnection('postgres://ada:secret@localhost:6432/app', undefined, {});
    expect(connection).toMatchObject({
      auth: 'password',
      tls: { mode: 'prefer' },
      pooling: { poolMode: 'none' },
    });
    expect(secretsOf(connection).password).toBe('secret');
  });

  it('every setting of the URL arrives', () => {
    const connection = resolveConnection(
      `postgresql://${azure}:41000/postgres?hostaddr=127.0.0.1&sslrootcert=/ca.pem&sslmode=verify-ca&auth=entra&pool_mode=session&max_prepared_statements=200&connect_timeout=7&application_name=api&client_id=c&tenant_id=t&scope=https://x/.default&authority_host=https://login.example&allowed_hosts=a.example,.b.example&session_features=error&ssl_server_name=other.example&keepalives_idle=30&options=-c%20timezone%3DUTC&target_session_attrs=read-write&load_balance_hosts=random&require_auth=password&sslcert=/c&sslkey=/k&sslpassword=p&sslcrl=/r&sslcrldir=/d&sslsni=0&ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=tlsv1.3&sslcertmode=disable&sslnegotiation=direct`,
      { trustConnectionString: true },
      {},
    );
    expect(connection).toMatchObject({
      hosts: [{ host: azure, hostaddr: '127.0.0.1', port: 41000 }],
      auth: 'entra',
      pooling: { poolMode: 'session', maxPreparedStatements: 200 },
      connectTimeout: 7000,
      startupParameters: { application_name: 'api', options: '-c timezone=UTC' },
      entra: {
        clientId: 'c',
        tenantId: 't',
        scope: 'https://x/.default',
        authorityHost: 'https://login.example',
        allowedHosts: ['a.example', '.b.example'],
      },
      sessionFeatures: 'error',
      tcp: { keepalivesIdle: 30 },
      targetSessionAttrs: 'read-write',
      loadBalanceHosts: 'random',
      requireAuth: { written: 'password', methods: ['password'] },
      tls: {
        mode: 'verify-ca',
        negotiation: 'direct',
        rootCertificates: ['/ca.pem'],
        certificate: '/c',
        key: '/k',
        certificateMode: 'disable',
        revocationList: '/r',
        revocationListFolder: '/d',
        sni: false,
        minVersion: 'TLSv1.3',
        maxVersion: 'TLSv1.3',
        serverName: 'other.example',
      },
    });
    expect(secretsOf(connection).sslPassword).toBe('p');
  });

  it('keyword/value, several hosts, sockets and addresses', () => {
    const hosts = (text: string): unknown => resolveConnection(text, { user: 'ada' }, {}).hosts;
    const host = (name: string, port: number, hostaddr?: string): object => ({ host: name, hostaddr, port });
    expect(hosts('host=db port=1')).toEqual([host('db', 1)]);
    expect(hosts('postgres://a:1,b,c:3/d')).toEqual([host('a', 1), host('b', 5432), host('c', 3)]);
    expect(hosts('host=a,b port=7')).toEqual([host('a', 7), host('b', 7)]);
    expect(hosts('postgres://[::1]:1,[fe80::1%25eth0]/d')).toEqual([
      host('::1', 1),
      host('fe80::1%eth0', 5432),
    ]);
    expect(hosts('postgres://%2Fvar%2Frun/d')).toEqual([host('/var/run', 5432)]);
    expect(hosts('host=@abstract')).toEqual([host('@abstract', 5432)]);
    expect(hosts('host=a,b hostaddr=1.2.3.4,::1')).toEqual([
      host('a', 5432, '1.2.3.4'),
      host('b', 5432, '::1'),
    ]);
    expect(hosts('hostaddr=1.2.3.4')).toEqual([host('1.2.3.4', 5432, '1.2.3.4')]);
    expect(hosts('host=a, hostaddr=,1.2.3.4')).toEqual([host('a', 5432), host('1.2.3.4', 5432, '1.2.3.4')]);
    expect(hosts('postgres:///app')).toEqual([host('localhost', 5432)]);
    expect(hosts('postgres:///app?host=db&port=%2012%20')).toEqual([host('db', 12)]);
  });
});

describe('how the sign-in is proven', () => {
  const credential = { getToken: async () => ({ token: 't', expiresOnTimestamp: 1 }) };
  const tokenProvider = async (): Promise<string> => 't';
  const vault = 'https://v.vault.azure.net/secrets/db';
  it.each<[what: string, input: string, options: object, auth: string]>([
    ['a password for Azure', `postgres://u:p@${azure}`, {}, 'password'],
    ['no password for Azure', `postgres://u@${azure}`, {}, 'entra'],
    ['one Azure host among others', `postgres://u@db,${azure}`, {}, 'entra'],
    ['no password elsewhere', 'postgres://u@db', {}, 'password'],
    ['a function', `postgres://u@${azure}`, { password: () => 'p' }, 'password'],
    ['a password file', `postgres://u@${azure}?passfile=/f`, {}, 'password'],
    ['a credential and a password in the URL, Azure', `postgres://u:p@${azure}`, { credential }, 'entra'],
    [
      'a credential and a password in the URL, development',
      'postgres://u:p@localhost',
      { credential },
      'password',
    ],
    ['a credential, loopback', 'postgres://u@localhost', { credential }, 'password'],
    ['a credential, another name', 'postgres://u@db.internal', { credential }, 'entra'],
    ['a token provider, another name', 'postgres://u@db.internal', { tokenProvider }, 'entra'],
    ['written for loopback', 'postgres://u@localhost?auth=entra', {}, 'entra'],
    [
      'written in the options over a password in the URL',
      `postgres://u:p@${azure}`,
      { auth: 'entra' },
      'entra',
    ],
    ['written for Azure', `postgres://u@${azure}?auth=password`, {}, 'password'],
    ['a secret of a vault', `postgres://u@${azure}?password=keyvault:${vault}`, {}, 'keyvault'],
    ['a secret of a vault, written', 'postgres://u@db', { auth: 'keyvault', password: vault }, 'keyvault'],
  ])('%s', (_, input, options, auth) => {
    const connection = resolveConnection(input, options, {});
    expect(connection.auth).toBe(auth);
    const { password } = secretsOf(connection);
    expect(password).toEqual(
      auth === 'keyvault'
        ? vault
        : auth === 'entra'
          ? undefined
          : 'password' in options
            ? options.password
            : password,
    );
    if (auth === 'password' && input.includes(':p@')) expect(password).toBe('p');
  });

  it('PGPASSFILE, which is for all servers, does not take Entra away from this one', () => {
    const connection = resolveConnection(`postgres://u@${azure}`, {}, { PGPASSFILE: '/f' });
    expect(connection).toMatchObject({ auth: 'entra', passfile: undefined });
  });

  it('a token is never sent unverified unless the user wrote that mode', () => {
    expect(resolveConnection('postgres://u@localhost?auth=entra', {}, {}).tls.mode).toBe('verify-full');
    expect(resolveConnection('postgres://u@localhost?auth=entra&sslmode=require', {}, {}).tls.mode).toBe(
      'require',
    );
  });

  it('the role of a password sign-in is the user of the operating system where nobody names one, as with psql', () => {
    expect(resolveConnection('postgres://localhost', {}, {}).user).toMatch(/./);
    expect(resolveConnection('postgres://localhost', {}, { PGUSER: 'eve' }).user).toBe('eve');
  });
});

describe('clouds', () => {
  const gov = 'postgres://u@s.postgres.database.usgovcloudapi.net/app';
  it('scope and sign-in service follow from the host', () => {
    expect(resolveConnection(gov, {}, {}).entra).toMatchObject({
      scope: 'https://ossrdbms-aad.database.usgovcloudapi.net/.default',
      authorityHost: 'https://login.microsoftonline.us',
    });
    expect(resolveConnection('postgres://u@c-a.b.postgres.cosmos.azure.com', {}, {}).entra.scope).toBe(
      'https://token.postgres.cosmos.azure.com/.default',
    );
  });

  it('a sign-in service of another cloud is an error that names both; without a token nobody cares', () => {
    const env = { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/' };
    expect(() => resolveConnection(gov, {}, env)).toThrow(/login\.microsoftonline\.com.*usgovcloudapi\.net/);
    expect(resolveConnection(gov, { password: 'p' }, env).auth).toBe('password');
    expect(
      resolveConnection(gov, { authority_host: 'https://login.microsoftonline.com' }, env).entra
        .authorityHost,
    ).toBe('https://login.microsoftonline.com');
  });

  it('a sign-in service that is no known cloud is taken (a private cloud, a stand-in)', () => {
    const env = { AZURE_AUTHORITY_HOST: 'https://127.0.0.1:4430' };
    expect(resolveConnection(gov, {}, env).entra.authorityHost).toBe('https://127.0.0.1:4430');
  });

  it('hosts that need different tokens are refused, unless the scope is written', () => {
    const both = `postgres://u@${azure},s.postgres.database.usgovcloudapi.net/app`;
    expect(() => resolveConnection(both, {}, {})).toThrow(/different audiences/);
    expect(resolveConnection(both, { scope: 'https://x/.default' }, {}).entra.scope).toBe(
      'https://x/.default',
    );
  });
});

describe('twins', () => {
  it.each([
    [6432, 5432],
    [8432, 7432],
  ])('%i ⇄ %i on Azure', (pooledPort, directPort) => {
    const pooled = resolveConnection(
      `postgres://u@${azure}:${pooledPort}/app?max_prepared_statements=9`,
      {},
      {},
    );
    const direct = pooled.direct();
    expect(direct.hosts[0]?.port).toBe(directPort);
    expect(direct.pooling).toEqual({ poolMode: 'none', maxPreparedStatements: 0 });
    expect(direct.pooled()).toBe(pooled);
    expect(pooled.pooled()).toBe(pooled);
    expect(direct.direct()).toBe(direct);
    const again = resolveConnection(`postgres://u@${azure}:${directPort}/app`, {}, {}).pooled();
    expect(again.hosts[0]?.port).toBe(pooledPort);
    expect(again.pooling.poolMode).toBe('transaction');
  });

  it('keeps the secrets, the mode and the other settings', () => {
    const pooled = resolveConnection(
      `postgres://u:p@${azure}:6432/app?pool_mode=session&application_name=x`,
      {},
      {},
    );
    expect(secretsOf(pooled.direct()).password).toBe('p');
    expect(pooled.direct().startupParameters).toEqual({ application_name: 'x' });
    expect(pooled.direct().pooled().pooling.poolMode).toBe('session');
  });

  it('elsewhere only what direct_port or pooled_port says', () => {
    const lone = resolveConnection('postgres://u@db:6432/app?pool_mode=transaction', {}, {});
    expect(lone.direct()).toBe(lone);
    const pooled = resolveConnection(
      'postgres://u@db:7000/app?pool_mode=transaction&direct_port=7001',
      {},
      {},
    );
    expect(pooled.direct()).toMatchObject({ hosts: [{ port: 7001 }], pooling: { poolMode: 'none' } });
    expect(pooled.direct().pooled()).toBe(pooled);
    const direct = resolveConnection('postgres://u@db:7001/app?pooled_port=7000', {}, {});
    expect(direct.pooled()).toMatchObject({ hosts: [{ port: 7000 }], pooling: { poolMode: 'transaction' } });
  });
});

describe('a connection can be kept and shown', () => {
  const connection = resolveConnection(
    `postgres://u:CANARY-1@${azure}/app`,
    {
      sslpassword: 'CANARY-2',
      sslkey: '-----BEGIN PRIVATE KEY-----\nCANARY-3\n-----END PRIVATE KEY-----',
      logger: console,
    },
    {},
  );

  it('is frozen through and through', () => {
    const check = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      for (const part of Object.values(value)) check(part);
    };
    check(connection);
  });

  it('shows no secret in any form', () => {
    for (const shown of [
      String(connection),
      JSON.stringify(connection),
      inspect(connection, { depth: 9, showHidden: true }),
      inspect(connection.tls, { showHidden: true }),
      inspect({ nested: [connection] }, { depth: 9 }),
      JSON.stringify({ ...connection }),
    ]) {
      expect(shown).not.toContain('CANARY');
    }
    expect(connection.tls.key).toContain('CANARY-3');
    expect(connection.logger).toBe(console);
  });

  it('a twin is not printed with what it would have anyway', () => {
    expect(String(resolveConnection(`postgres://u@${azure}:6432/app`, {}, {}).direct())).toBe(
      `postgresql://u@${azure}:5432/app`,
    );
  });
});

describe('options', () => {
  it('in both spellings, as numbers, booleans and lists', () => {
    const options = {
      host: ['a', 'b'],
      port: [1, 2],
      database: 'app',
      user: 'ada',
      connectTimeout: 5,
      keepalives: false,
      sslsni: false,
      poolMode: 'transaction',
      maxPreparedStatements: 100,
      allowedHosts: ['x.example', '.y.example'],
      sslrootcert: ['/a.pem', '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----', 'system'],
      sslmode: 'verify-full',
    } as const;
    expect(resolveConnection(options, undefined, {})).toMatchObject({
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      database: 'app',
      connectTimeout: 5000,
      tcp: { keepalives: false },
      pooling: { poolMode: 'transaction', maxPreparedStatements: 100 },
      entra: { allowedHosts: ['x.example', '.y.example'] },
      tls: {
        sni: false,
        rootCertificates: [
          '/a.pem',
          '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n',
          'system',
        ],
      },
    });
  });

  it('adapters can tell ours from their driver’s', () => {
    expect(connectionOptionNames.filter((name) => !isConnectionOption(name))).toEqual([]);
    expect(
      ['sslmode', 'poolMode', 'pool_mode', 'credential', 'connectionString', 'database'].every(
        isConnectionOption,
      ),
    ).toBe(true);
    expect(
      ['max', 'ssl', 'idleTimeoutMillis', 'constructor', 'toString', '__proto__'].some(isConnectionOption),
    ).toBe(false);
  });

  it('every option that is told is taken by its name in both spellings', () => {
    for (const name of connectionOptionNames) {
      expect(() => resolveConnection({ [name]: undefined }, undefined, {}), name).not.toThrow();
    }
  });
});
