import type { BrokenSetUp } from './broken-set-up.ts';

const otherTenant = '11111111-2222-4333-8444-555555555555';

export const signInSetUps: readonly BrokenSetUp[] = [
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
      url: stand.url('direct'),
      env: { ...stand.emulator.env, AZURE_PG_SCOPE: 'https://management.azure.com/.default' },
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
];
