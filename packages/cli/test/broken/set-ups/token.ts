import type { BrokenSetUp } from './broken-set-up.ts';

const unknownId = '99999999-8888-4777-8666-555555555555';
/** The port of "tcpmux", which nobody has listened on for decades. */
const closed = 1;

export const tokenSetUps: readonly BrokenSetUp[] = [
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
];
