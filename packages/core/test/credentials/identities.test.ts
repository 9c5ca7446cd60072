import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Program } from './programs/program.ts';

// Every way of getting a token, with the real @azure/identity, against real PostgreSQL behind the emulator's gateway.
let emulator: Emulator;
let base: NodeJS.ProcessEnv;

beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  base = { TEST_CA_PEM: emulator.ca.pem };
});
afterAll(() => emulator.stop());
beforeEach(() => emulator.entra.clearRequests());

/** The same program without the variables that name an identity. */
function without(env: NodeJS.ProcessEnv, ...names: string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

const database = 'https://ossrdbms-aad.database.windows.net';
const management = 'https://management.azure.com';
const resources = (): unknown[] =>
  emulator.entra.requests
    .map(({ resource }) => resource)
    .sort()
    .reverse();
const flows = (): string[] => emulator.entra.requests.map(({ flow, status }) => `${flow} ${status}`);

describe('managed identity', () => {
  it.each(['appService', 'imds'] as const)(
    'user-assigned, %s: signs in under its name, not under an id, with two requests for 20 connects',
    async (kind) => {
      await using program = new Program({ ...base, ...emulator.environments[kind] });
      const report = await program.connect({ url: emulator.url, times: 20 });
      expect(report).toMatchObject({ ok: true, user: 'local-app' });
      expect(resources()).toEqual([database, management]);
    },
  );

  it.each(['client_id', 'managed_identity_resource_id'] as const)(
    'the URL picks one of several by %s, whatever the environment says',
    async (setting) => {
      const other = await emulator.createIdentity({ name: `other-${setting.replaceAll('_', '-')}` });
      const value = setting === 'client_id' ? other.clientId : other.resourceId;
      const url = `${emulator.url}&${setting}=${encodeURIComponent(value ?? '')}`;
      const env = setting === 'client_id' ? emulator.env : without(emulator.env, 'AZURE_CLIENT_ID');
      await using program = new Program({ ...base, ...env });
      expect(await program.connect({ url })).toMatchObject({ ok: true, user: other.name });
    },
  );

  it.each(['client_id', 'managed_identity_resource_id'] as const)(
    "the URL's %s wins over a service principal of the environment",
    async (setting) => {
      const other = await emulator.createIdentity({ name: `chosen-${setting.replaceAll('_', '-')}` });
      const value = setting === 'client_id' ? other.clientId : other.resourceId;
      const env = { ...emulator.environments.clientSecret, ...without(emulator.env, 'AZURE_CLIENT_ID') };
      await using program = new Program({ ...base, ...without(env, 'AZURE_TOKEN_CREDENTIALS') });
      const url = `${emulator.url}&${setting}=${encodeURIComponent(value ?? '')}`;
      expect(await program.connect({ url })).toMatchObject({ ok: true, user: other.name });
    },
  );

  it("Service Connector's variables pick it", async () => {
    const other = await emulator.createIdentity({ name: 'connected' });
    const { port } = new URL(emulator.url);
    await using program = new Program({
      ...base,
      ...without(emulator.env, 'AZURE_CLIENT_ID'),
      AZURE_POSTGRESQL_HOST: 'local.postgres.database.azure.com',
      AZURE_POSTGRESQL_PORT: port,
      AZURE_POSTGRESQL_DATABASE: 'postgres',
      AZURE_POSTGRESQL_USER: 'connected',
      AZURE_POSTGRESQL_SSL: 'true',
      AZURE_POSTGRESQL_CLIENTID: other.clientId,
    });
    expect(await program.connect({ hostaddr: '127.0.0.1' })).toMatchObject({
      ok: true,
      user: 'connected',
    });
  });
});

it.each(['appService', 'imds'] as const)(
  'a system-assigned identity (%s) is asked for its role, told the likely one, and signs in once it is named',
  async (kind) => {
    await using other = await startEmulator({
      pooler: false,
      identity: { name: 'my-site', kind: 'system-managed-identity' },
    });
    await using program = new Program({
      TEST_CA_PEM: other.ca.pem,
      ...without(other.environments[kind], 'AZURE_CLIENT_ID'),
    });
    const unnamed = await program.connect({ url: other.url });
    expect(unnamed).toMatchObject({
      ok: false,
      code: 'ROLE_UNKNOWN',
      hint: expect.stringContaining('"my-site"'),
    });
    expect(await program.connect({ url: `${other.url}&user=my-site` })).toMatchObject({
      ok: true,
      user: 'my-site',
    });
    // One for the database, one that might have named it.
    expect(other.entra.requests).toHaveLength(2);
  },
);

describe('workload identity', () => {
  it('signs in', async () => {
    await using program = new Program({ ...base, ...emulator.environments.workloadIdentity });
    expect(await program.connect({ url: emulator.url })).toMatchObject({ ok: true, user: 'local-app' });
    expect(flows()).toEqual(['workload-identity 200', 'workload-identity 200']);
    expect(resources()).toEqual([database, management]);
  });

  it('a token file that rotates heals without a restart', async () => {
    const env = emulator.environments.workloadIdentity;
    const file = join(emulator.folder, 'rotating-token');
    await writeFile(file, 'not-a-token');
    await using program = new Program({ ...base, ...env, AZURE_FEDERATED_TOKEN_FILE: file });
    const failed = await program.connect({ url: emulator.url });
    expect(failed).toMatchObject({
      ok: false,
      code: 'TOKEN_UNAVAILABLE',
      message: expect.stringContaining('WorkloadIdentityCredential'),
    });
    await writeFile(file, await readFile(env.AZURE_FEDERATED_TOKEN_FILE ?? ''));
    expect(await program.connect({ url: emulator.url })).toMatchObject({ ok: true, user: 'local-app' });
  });
});

describe('a service principal', () => {
  it.each(['clientSecret', 'clientCertificate'] as const)(
    '%s of the environment signs in under the name the user gives',
    async (kind) => {
      await using program = new Program({ ...base, ...emulator.environments[kind] });
      const unnamed = await program.connect({ url: emulator.url });
      expect(unnamed).toMatchObject({ ok: false, code: 'ROLE_UNKNOWN' });
      const principal = emulator.identities.find(({ kind: one }) => one === 'service-principal');
      const url = `${emulator.url}&user=${principal?.roleName}`;
      expect(await program.connect({ url })).toMatchObject({ ok: true, user: principal?.roleName });
      expect(emulator.entra.requests).toHaveLength(2);
    },
  );

  it("Service Connector's client id, tenant and secret are enough", async () => {
    const principal = await emulator.createIdentity({ name: 'connector', kind: 'service-principal' });
    const { AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS, AZURE_TENANT_ID } = emulator.environments.clientSecret;
    await using program = new Program({
      ...base,
      AZURE_AUTHORITY_HOST,
      NODE_EXTRA_CA_CERTS,
      AZURE_POSTGRESQL_HOST: 'local.postgres.database.azure.com',
      AZURE_POSTGRESQL_PORT: new URL(emulator.url).port,
      AZURE_POSTGRESQL_DATABASE: 'postgres',
      AZURE_POSTGRESQL_USER: 'connector',
      AZURE_POSTGRESQL_CLIENTID: principal.clientId,
      AZURE_POSTGRESQL_CLIENTSECRET: principal.clientSecret,
      AZURE_POSTGRESQL_TENANTID: AZURE_TENANT_ID,
    });
    expect(await program.connect({ hostaddr: '127.0.0.1' })).toMatchObject({
      ok: true,
      user: 'connector',
    });
    expect(flows()).toEqual(['client-secret 200']);
  });

  it('a wrong secret is reported with the credential, the reason and how to mend it, and is not shown', async () => {
    const env = { ...base, ...emulator.environments.clientSecret, AZURE_CLIENT_SECRET: 'canary-secret' };
    await using program = new Program(env);
    const report = await program.connect({ url: emulator.url });
    expect(report).toMatchObject({
      ok: false,
      code: 'TOKEN_UNAVAILABLE',
      hint: expect.stringContaining('AZURE_CLIENT_SECRET'),
    });
    expect(report.message).toMatch(/EnvironmentCredential.*AADSTS7000215/);
    expect(JSON.stringify(report) + program.output).not.toContain('canary');
  });
});

describe('Azure CLI', () => {
  it('is started once, not for every connection', async () => {
    const folder = join(emulator.folder, 'az');
    await mkdir(folder);
    const ada = await emulator.createIdentity({ name: 'ada@contoso.com', kind: 'user' });
    const { token, expiresOn } = await emulator.entra.issue({ identity: ada });
    await writeFile(
      join(folder, 'answer.json'),
      JSON.stringify({ accessToken: token, expires_on: expiresOn, tokenType: 'Bearer' }),
    );
    await writeFile(
      join(folder, 'az'),
      `#!/bin/sh\necho "$@" >> ${folder}/calls\ncat ${folder}/answer.json\n`,
    );
    await chmod(join(folder, 'az'), 0o755);
    const path = `${folder}:${process.env.PATH}`;
    await using program = new Program({ ...base, PATH: path, AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential' });
    expect(await program.connect({ url: emulator.url, times: 10 })).toMatchObject({
      ok: true,
      user: 'ada@contoso.com',
    });
    const calls = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain('--resource https://ossrdbms-aad.database.windows.net');
  });
});

it('no identity at all is reported with every credential that was tried', async () => {
  await using program = new Program({ ...base, AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' });
  const report = await program.connect({ url: emulator.url });
  expect(report).toMatchObject({
    ok: false,
    code: 'TOKEN_UNAVAILABLE',
    message: expect.stringContaining('EnvironmentCredential'),
  });
});

it('1,000 connects from a cold cache make one request for a token for the database, and one that names the identity', async () => {
  await using program = new Program({ ...base, ...emulator.env });
  expect(await program.connect({ url: emulator.url, times: 1000, withoutServer: true })).toMatchObject({
    ok: true,
  });
  expect(resources()).toEqual([database, management]);
});

it('a member of a group signs in under the group, when the user says so', async () => {
  const group = await emulator.createIdentity({ name: 'db-readers', kind: 'group' });
  const member = await emulator.createIdentity({ name: 'member', memberOf: [group], role: false });
  const env = (await emulator.environmentsFor(member)).appService;
  await using program = new Program({ ...base, ...env });
  expect(await program.connect({ url: `${emulator.url}&user=db-readers` })).toMatchObject({
    ok: true,
    user: 'db-readers',
  });
});
