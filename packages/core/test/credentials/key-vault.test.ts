import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assertVaultAllowed, parseSecretUri, readSecret } from '../../src/credentials/key-vault-secret.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';
import { Program } from './programs/program.ts';
import { VaultStandIn } from './vault-stand-in.ts';

// The real @azure/keyvault-secrets and @azure/identity, a stand-in of the vault, and real PostgreSQL with SCRAM passwords.
let emulator: Emulator;
let vault: VaultStandIn;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  vault = await new VaultStandIn(
    await emulator.ca.issue({ names: ['localhost'] }),
    emulator.entra.tenantId,
  ).listen();
  env = { TEST_CA_PEM: emulator.ca.pem, NODE_EXTRA_CA_CERTS: emulator.ca.file, ...emulator.env };
});
afterAll(async () => {
  await vault?.[Symbol.asyncDispose]();
  await emulator?.stop();
});
beforeEach(async () => {
  vault.status = 200;
  vault.problem = 'The user, group or application does not have secrets get permission.';
  vault.reads = 0;
  vault.resource = 'https://vault.azure.net';
  await setPassword('first-password');
});

async function setPassword(password: string): Promise<void> {
  await emulator.query(`alter role app password '${password}'`);
  vault.secrets.set('db-password', password);
}

function urlWith(secret: string): string {
  const url = new URL(emulator.postgres.url);
  url.username = 'app';
  url.password = '';
  url.searchParams.set('password', `keyvault:${vault.url}/secrets/${secret}`);
  return url.href;
}

it('20 connects sign in with the password of the vault and read it once', async () => {
  await using program = new Program(env);
  expect(await program.connect({ url: urlWith('db-password'), times: 20 })).toMatchObject({
    ok: true,
    user: 'app',
  });
  expect(vault.reads).toBe(1);
  expect([...vault.audiences]).toEqual(['https://vault.azure.net']);
});

it('a rotated password heals by itself', async () => {
  await using program = new Program(env);
  await program.connect({ url: urlWith('db-password') });
  await setPassword('second-password');
  expect(await program.connect({ url: urlWith('db-password'), times: 5 })).toMatchObject({
    ok: true,
    user: 'app',
  });
  expect(vault.reads).toBe(2);
});

it('a vault with an outdated password is read again once, not for every connect', async () => {
  await using program = new Program(env);
  await emulator.query("alter role app password 'nobody-knows'");
  for (let connect = 0; connect < 5; connect++) {
    expect(await program.connect({ url: urlWith('db-password') })).toMatchObject({
      ok: false,
      sqlState: '28P01',
    });
  }
  expect(vault.reads).toBe(2);
});

it('a vault that cannot be read is reported with the reason', async () => {
  await using program = new Program(env);
  vault.status = 403;
  const forbidden = await program.connect({ url: urlWith('db-password') });
  expect(forbidden).toMatchObject({
    ok: false,
    code: 'KEY_VAULT',
    hint: expect.stringContaining('Key Vault Secrets User'),
  });
  vault.status = 200;
  const missing = await program.connect({ url: urlWith('no-such-secret') });
  expect(missing).toMatchObject({
    ok: false,
    code: 'KEY_VAULT',
    message: expect.stringContaining('was not found'),
  });
  expect(await program.connect({ url: urlWith('db-password') })).toMatchObject({ ok: true });
});

it('a disabled secret is not taken for a missing permission', async () => {
  await using program = new Program(env);
  vault.status = 403;
  vault.problem = 'Operation get is not allowed on a disabled secret.';
  const disabled = await program.connect({ url: urlWith('db-password') });
  expect(disabled).toMatchObject({
    ok: false,
    code: 'KEY_VAULT',
    message: expect.stringContaining('disabled secret'),
    hint: expect.stringContaining('Enable the secret'),
  });
});

it('an identity that cannot even be made is the reason in the error', async () => {
  const secret = parseSecretUri(`${vault.url}/secrets/db-password`);
  const settings = { clientId: 'id', tenantId: 'not a tenant', clientSecret: 'canary' };
  const failed = readSecret(secret, { settings }, undefined);
  await expect(failed).rejects.toMatchObject({
    code: 'KEY_VAULT',
    message: expect.stringMatching(/tenant id/i),
  });
});

it.each([[7], [null], [['a', 'list']], ['']])(
  'a secret that is not text (%j) is not a password',
  async (value) => {
    await using program = new Program(env);
    vault.secrets.set('odd', value as string);
    const report = await program.connect({ url: urlWith('odd') });
    expect(report).toMatchObject({ ok: false, code: 'KEY_VAULT' });
  },
);

it('the logger gets what the channels get, and no password', async () => {
  await using program = new Program(env);
  const report = await program.connect({ url: urlWith('db-password'), log: true });
  expect(report.log).toContain('Got the password from Azure Key Vault');
  expect(report.log).toContain('db-password');
  expect(report.log).not.toMatch(/Entra token|first-password/);
});

it('a vault that asks for a token for something else gets none', async () => {
  await using program = new Program(env);
  vault.resource = 'https://management.azure.com';
  const report = await program.connect({ url: urlWith('db-password') });
  expect(report).toMatchObject({
    ok: false,
    code: 'KEY_VAULT',
    message: expect.stringContaining('not for Azure Key Vault'),
  });
  expect(vault.reads).toBe(0);
});

describe('which vaults get a token', () => {
  const connection = (options = {}) =>
    resolveConnection(
      'postgresql://ada@db.postgres.database.azure.com/app',
      { password: 'x', ...options },
      {},
    );

  it.each([
    'https://my-vault.vault.azure.net/secrets/pw',
    'https://my-vault.vault.usgovcloudapi.net/secrets/pw',
    'https://my-vault.vault.azure.cn/secrets/pw/0123456789abcdef',
    'https://MY-VAULT.VAULT.AZURE.NET/secrets/pw/',
    'https://localhost:8443/secrets/pw',
  ])('%s', (uri) => {
    expect(() => assertVaultAllowed(parseSecretUri(uri), connection())).not.toThrow();
  });

  it.each([
    'https://vault.example.org/secrets/pw',
    'https://my-vault.vault.azure.net.evil.org/secrets/pw',
    'https://evilvault.azure.net/secrets/pw',
    'https://db.postgres.database.azure.com/secrets/pw',
  ])('not %s', (uri) => {
    expect(() => assertVaultAllowed(parseSecretUri(uri), connection())).toThrow(/is not an Azure Key Vault/);
  });

  it('one that the user allowed', () => {
    const allowed = connection({ allowedHosts: 'vault.example.org' });
    expect(() =>
      assertVaultAllowed(parseSecretUri('https://vault.example.org/secrets/pw'), allowed),
    ).not.toThrow();
  });

  it.each([
    'http://my-vault.vault.azure.net/secrets/pw',
    'https://user@my-vault.vault.azure.net/secrets/pw',
    'https://my-vault.vault.azure.net/keys/pw',
    'https://my-vault.vault.azure.net/secrets/pw/1/2',
    'https://my-vault.vault.azure.net/secrets/../keys',
    'https://my-vault.vault.azure.net/secrets/p?w',
    '',
  ])('%s is not a secret of a vault', (uri) => {
    expect(() => parseSecretUri(uri)).toThrow(/not the URI of a secret/);
  });
});
