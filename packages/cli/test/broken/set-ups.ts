import type { Stand } from './stand.ts';

/** A set-up that is broken in one way. */
export interface BrokenSetUp {
  readonly name: string;
  /** The cause that the doctor must name. */
  readonly doctor: string;
  /** What explainError says of the error of connecting, where a lone error cannot tell as much. Default: the same. */
  readonly explained?: string | undefined;
  readonly make: (stand: Stand) => Promise<Made> | Made;
}

interface Made {
  readonly url: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly after?: () => unknown;
}

const otherTenant = '11111111-2222-4333-8444-555555555555';
const unknownId = '99999999-8888-4777-8666-555555555555';
const elsewhere = { host: 'db.internal.example' };

/** Everything on the way, in the order of the way. */
export const brokenSetUps: readonly BrokenSetUp[] = [
  // Settings
  {
    name: 'a URL with a percent sign that is none',
    doctor: 'connection-string-invalid',
    make: () => ({ url: 'postgresql://ada:50%zz@localhost/app' }),
  },
  {
    name: 'a misspelt setting',
    doctor: 'setting-invalid',
    make: (stand) => ({ url: `${stand.url('direct')}&ssl_mode=require` }),
  },
  {
    name: 'a port that is none',
    doctor: 'setting-invalid',
    make: (stand) => ({ url: `${stand.url('direct')}&connect_timeout=soon` }),
  },
  {
    name: 'an unresolved Key Vault reference as password',
    doctor: 'key-vault-reference-unresolved',
    make: (stand) => ({
      url: stand.url('native', {}, (url) => {
        url.password = '';
      }),
      env: { PGPASSWORD: '@Microsoft.KeyVault(SecretUri=https://vault.vault.azure.net/secrets/db)' },
    }),
  },
  {
    name: 'a CA file that is not there',
    doctor: 'certificate-file',
    make: (stand) => ({
      url: stand.url('direct', { sslrootcert: '/nowhere/ca.pem' }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'Entra over plaintext',
    doctor: 'insecure-connection',
    make: (stand) => ({ url: stand.url('direct', { sslmode: 'disable' }), env: stand.emulator.env }),
  },
  {
    name: 'a token for a host that is not Azure’s',
    doctor: 'host-not-allowed',
    make: (stand) => ({
      url: stand.url(
        'direct',
        { auth: 'entra', ssl_server_name: 'local.postgres.database.azure.com' },
        (url) => {
          url.hostname = elsewhere.host;
        },
      ),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a startup parameter that the pooler is known to refuse',
    doctor: 'pooler-refuses-startup-parameter',
    make: (stand) => ({
      url: stand.url('pooled', { options: '-c statement_timeout=5s' }),
      env: stand.emulator.env,
    }),
  },
  // DNS and TCP
  {
    name: 'a name that does not resolve',
    doctor: 'name-not-found',
    make: () => ({ url: 'postgresql://app:secret-word@no-such-server.invalid/app' }),
  },
  {
    name: 'a port where nobody listens',
    doctor: 'connection-refused',
    make: async (stand) => ({
      url: `postgresql://app:secret-word@localhost:${await stand.closedPort()}/app?hostaddr=127.0.0.1`,
    }),
  },
  {
    name: 'a pooler that is turned off',
    doctor: 'pooler-off',
    make: async (stand) => ({
      url: stand.url('pooled', {}, (url) => {
        url.port = String(closed);
        url.searchParams.set('direct_port', String(stand.emulator.ports.direct));
      }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a firewall that drops packets',
    doctor: 'no-answer',
    make: async (stand) => ({
      url: `postgresql://app:secret-word@localhost:${await stand.droppingPort()}/app?hostaddr=127.0.0.1&connect_timeout=3`,
    }),
  },
  {
    name: 'a pooler whose port a firewall drops, while the server answers',
    doctor: 'pooler-off',
    explained: 'no-answer',
    make: async (stand) => {
      const port = await stand.droppingPort();
      return {
        url: stand.url(
          'pooled',
          { connect_timeout: '3', direct_port: String(stand.emulator.ports.direct) },
          (url) => {
            url.port = String(port);
          },
        ),
        env: stand.emulator.env,
      };
    },
  },
  {
    name: 'a private address without a route',
    doctor: 'no-route',
    make: () => ({
      url: 'postgresql://app:secret-word@db.internal.example/app?hostaddr=fd00:a9e:1::5&connect_timeout=5',
    }),
  },
  {
    name: 'a server that takes the connection and says nothing',
    doctor: 'no-answer',
    make: async (stand) => ({ url: await stand.faultUrl('silent') }),
  },
  {
    name: 'a proxy with nothing behind it',
    doctor: 'closed-before-sign-in',
    make: async (stand) => ({ url: await stand.faultUrl('closes') }),
  },
  {
    name: 'a web server',
    doctor: 'not-postgresql',
    make: async (stand) => ({ url: await stand.faultUrl('http') }),
  },
  // TLS
  {
    name: 'a server without TLS',
    doctor: 'tls-not-offered',
    make: async (stand) => ({ url: await stand.faultUrl('plaintext') }),
  },
  {
    name: 'a server behind another name',
    doctor: 'host-name-mismatch',
    make: (stand) => ({
      url: stand.url('native', { hostaddr: '127.0.0.1' }, (url) => {
        url.hostname = elsewhere.host;
      }),
    }),
  },
  {
    name: 'an unknown authority',
    doctor: 'certificate-not-trusted',
    make: (stand) => ({ url: stand.url('direct', { sslrootcert: undefined }), env: stand.emulator.env }),
  },
  {
    name: 'an expired certificate',
    doctor: 'certificate-expired',
    make: async (stand) => ({
      url: await stand.faultUrl(
        await stand.emulator.ca.issue({
          names: ['localhost'],
          notBefore: new Date(Date.now() - 20 * 86_400_000),
          notAfter: new Date(Date.now() - 86_400_000),
        }),
      ),
    }),
  },
  {
    name: 'a server that only speaks old TLS',
    doctor: 'tls-version',
    make: async (stand) => ({
      url: await stand.faultUrl({
        ...(await stand.emulator.ca.issue({ names: ['localhost'] })),
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      }),
    }),
  },
  // Token
  {
    name: 'no credential at all',
    doctor: 'no-credential',
    make: async (stand) => ({
      url: stand.url('direct'),
      env: {
        AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://127.0.0.1:${closed}`,
        PATH: stand.folder,
      },
    }),
  },
  {
    name: 'an Azure CLI that nobody signed in to',
    doctor: 'no-credential',
    make: async (stand) => ({
      url: stand.url('direct'),
      env: await stand.azureCli({ fails: "ERROR: Please run 'az login' to setup account.\n" }),
    }),
  },
  {
    name: 'an identity endpoint that never answers',
    doctor: 'token-service-silent',
    make: async (stand) => ({
      url: stand.url('direct', { connect_timeout: '4' }),
      env: { ...stand.emulator.env, IDENTITY_ENDPOINT: `${await stand.identityEndpoint('never')}/msi/token` },
    }),
  },
  {
    name: 'an identity endpoint that fails',
    doctor: 'token-service-failing',
    make: async (stand) => ({
      url: stand.url('direct'),
      env: {
        ...stand.emulator.env,
        IDENTITY_ENDPOINT: `${await stand.identityEndpoint({ status: 500, body: { error: 'server_error', error_description: 'oops' } })}/msi/token`,
      },
    }),
  },
  {
    name: 'a managed identity that is not assigned',
    doctor: 'managed-identity-not-found',
    make: (stand) => ({
      url: stand.url('direct'),
      env: { ...stand.emulator.env, AZURE_CLIENT_ID: unknownId },
    }),
  },
  {
    name: 'a wrong client secret',
    doctor: 'client-secret-invalid',
    make: (stand) => ({
      url: stand.url('direct', { user: 'local-app' }),
      env: { ...stand.emulator.environments.clientSecret, AZURE_CLIENT_SECRET: 'wrong-secret-word' },
    }),
  },
  {
    name: 'an application that the tenant does not know',
    doctor: 'application-not-found',
    make: (stand) => ({
      url: stand.url('direct', { user: 'local-app' }),
      env: { ...stand.emulator.environments.clientSecret, AZURE_CLIENT_ID: unknownId },
    }),
  },
  {
    name: 'a clock that is ahead',
    doctor: 'clock-wrong',
    make: async (stand) => {
      const token = await stand.emulator.entra.issueToken();
      return {
        url: stand.url('direct'),
        env: await stand.azureCli({ token, expiresOn: Math.floor(Date.now() / 1000) - 600 }),
      };
    },
  },
  {
    name: 'an application whose token names no role',
    doctor: 'role-unknown',
    make: async (stand) => ({
      url: stand.url('direct'),
      env: await stand.signedInAs(
        await stand.emulator.createIdentity({ name: 'nightly-job', kind: 'service-principal' }),
      ),
    }),
  },
  // Sign-in
  {
    name: 'a role that is not there',
    doctor: 'role-not-mapped',
    make: (stand) => ({ url: stand.url('direct', { user: 'nobody' }), env: stand.emulator.env }),
  },
  {
    name: 'a group’s role without being a member',
    doctor: 'role-not-mapped',
    make: async (stand) => {
      await stand.emulator.createIdentity({ name: 'readers', kind: 'group' });
      return { url: stand.url('direct', { user: 'readers' }), env: stand.emulator.env };
    },
  },
  {
    name: 'a guest who signs in with the mail address',
    doctor: 'role-not-mapped',
    make: async (stand) => {
      const guest = await stand.emulator.createIdentity({ name: 'eve@partner.example', kind: 'guest' });
      return {
        url: stand.url('direct', { user: 'eve@partner.example' }),
        env: await stand.signedInAs(guest),
      };
    },
  },
  {
    name: 'user@server, as Single Server wanted',
    doctor: 'role-not-mapped',
    make: (stand) => ({ url: stand.url('direct', { user: 'local-app@myserver' }), env: stand.emulator.env }),
  },
  {
    name: 'a token of another tenant',
    doctor: 'token-not-valid',
    make: async (stand) => ({
      url: stand.url('direct'),
      env: await stand.signedInAs(stand.emulator.identities[0] as never, { tenantId: otherTenant }),
    }),
  },
  {
    name: 'a token for another audience',
    doctor: 'token-audience-wrong',
    make: (stand) => ({
      url: stand.url('direct', { scope: 'https://management.azure.com/.default' }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a token that was kept too long',
    doctor: 'token-expired',
    make: async (stand) => {
      const { token } = await stand.emulator.entra.issue({ lifetime: -600 });
      return {
        url: stand.url('direct'),
        env: await stand.azureCli({ token, expiresOn: Math.floor(Date.now() / 1000) + 3600 }),
      };
    },
  },
  {
    name: 'a managed identity as a person’s role',
    doctor: 'token-kind-application',
    make: async (stand) => {
      await stand.emulator.createIdentity({ name: 'alice@example.org', kind: 'user' });
      return { url: stand.url('direct', { user: 'alice@example.org' }), env: stand.emulator.env };
    },
  },
  {
    name: 'a person as the application’s role',
    doctor: 'token-kind-user',
    make: async (stand) => ({
      url: stand.url('direct', { user: 'local-app' }),
      env: await stand.signedInAs(
        await stand.emulator.createIdentity({ name: 'bob@example.org', kind: 'user' }),
      ),
    }),
  },
  {
    name: 'an ordinary password for an Entra role',
    doctor: 'token-format-invalid',
    make: (stand) => ({
      url: stand.url('direct', { auth: 'password', user: 'local-app' }),
      env: { PGPASSWORD: 'secret-word' },
    }),
  },
  {
    name: 'a token that is too long for the pooler',
    doctor: 'token-too-long-for-pooler',
    make: async (stand) => ({
      url: stand.url('pooled'),
      env: await stand.signedInAs(stand.emulator.identities[0] as never, { size: 3000 }),
    }),
  },
  {
    name: 'a password in quotes',
    doctor: 'password-wrong',
    make: (stand) => ({
      url: stand.url('native', {}, (url) => {
        url.password = encodeURIComponent(`"${decodeURIComponent(url.password)}"`);
      }),
    }),
  },
  {
    name: 'no password',
    doctor: 'password-missing',
    make: (stand) => ({
      url: stand.url('native', {}, (url) => {
        url.password = '';
      }),
    }),
  },
  {
    name: 'plaintext to a server that demands TLS',
    doctor: 'plaintext-refused',
    make: (stand) => ({
      url: stand.url('direct', { auth: 'password', sslmode: 'disable', sslrootcert: undefined, user: 'app' }),
      env: { PGPASSWORD: 'secret-word' },
    }),
  },
  {
    name: 'an address that the server does not let in',
    doctor: 'address-not-allowed',
    make: async (stand) => {
      await stand.emulator.query('CREATE ROLE blocked LOGIN');
      return {
        url: stand.url('native', {}, (url) => {
          url.username = 'blocked';
        }),
      };
    },
  },
  {
    name: 'a sign-in method that require_auth forbids',
    doctor: 'auth-method-not-allowed',
    make: (stand) => ({ url: stand.url('native', { require_auth: 'md5' }) }),
  },
  {
    name: 'a database that is not there',
    doctor: 'database-missing',
    make: (stand) => ({
      url: stand.url('direct', {}, (url) => {
        url.pathname = '/no_such_database';
      }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a database that the role may not enter',
    doctor: 'database-not-permitted',
    make: async (stand) => {
      await stand.emulator.query('CREATE DATABASE closed_club');
      await stand.emulator.query('REVOKE CONNECT ON DATABASE closed_club FROM PUBLIC');
      return {
        url: stand.url('native', {}, (url) => {
          url.pathname = '/closed_club';
        }),
      };
    },
  },
  // Server
  {
    name: 'a pooler that refuses a startup parameter',
    doctor: 'pooler-refuses-startup-parameter',
    make: (stand) => ({
      url: stand.url('pooled', { pool_mode: 'detect', options: '-c statement_timeout=5s' }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a server that is read-only',
    doctor: 'read-only',
    make: (stand) => ({
      url: stand.url('direct', {
        options: '-c default_transaction_read_only=on',
        target_session_attrs: 'read-write',
      }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a role with no connection left',
    doctor: 'too-many-clients',
    make: async (stand) => {
      await stand.emulator.query("CREATE ROLE crowded LOGIN PASSWORD 'secret-word' CONNECTION LIMIT 0");
      return {
        url: stand.url('native', {}, (url) => {
          url.username = 'crowded';
          url.password = 'secret-word';
        }),
      };
    },
  },
];

/** The port of "tcpmux", which nobody has listened on for decades. */
const closed = 1;
