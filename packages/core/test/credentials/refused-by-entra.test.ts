import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explainError } from '../../src/explain/explain-error.ts';
import { AzurePgError } from '../../src/index.ts';
import { Program } from './programs/program.ts';

// What Entra and the identity endpoints say, in the words in which the real @azure/identity passes it on.
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator?.stop());

type Flow = 'appService' | 'imds' | 'workloadIdentity' | 'clientSecret';

it.each<[code: string, flow: Flow, status: number, error: string, description: string, hint: RegExp]>([
  [
    'managed-identity-ambiguous',
    'imds',
    400,
    'invalid_request',
    'Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request',
    /client_id/,
  ],
  [
    'managed-identity-ambiguous',
    'appService',
    400,
    'invalid_request',
    'Unable to load the proper Managed Identity.',
    /client_id/,
  ],
  ...['70021', '70023', '700222', '70025', '700213'].map(
    (number) =>
      [
        'federation-failed',
        'workloadIdentity',
        401,
        'invalid_client',
        `AADSTS${number}: No matching federated identity record found.`,
        /federated-credential list/,
      ] as [string, Flow, number, string, string, RegExp],
  ),
  [
    'federated-token-expired',
    'workloadIdentity',
    401,
    'invalid_client',
    'AADSTS700024: Client assertion is not within its valid time range.',
    /sign in again/,
  ],
  [
    'conditional-access',
    'clientSecret',
    400,
    'invalid_grant',
    'AADSTS53003: Access has been blocked by Conditional Access policies.',
    /sign-in logs/,
  ],
  [
    'conditional-access',
    'workloadIdentity',
    400,
    'access_denied',
    'AADSTS530084: Access has been blocked by conditional access token protection policy.',
    /sign-in logs/,
  ],
  [
    'client-secret-invalid',
    'clientSecret',
    401,
    'invalid_client',
    'AADSTS7000215: Invalid client secret provided.',
    /az ad app credential reset/,
  ],
])('%s, %s: %i %s %s', async (code, flow, status, error, description, hint) => {
  emulator.entra.fail('refusal', { refusal: { status, error, description } });
  await using program = new Program({ TEST_CA_PEM: emulator.ca.pem, ...emulator.environments[flow] });
  const report = await program.connect({ url: emulator.url });
  expect(report).toMatchObject({ ok: false, code: 'TOKEN_UNAVAILABLE', hint: expect.stringMatching(hint) });
  expect(explainError(new AzurePgError('TOKEN_UNAVAILABLE', report.message ?? ''))?.code).toBe(code);
});

it.each<[string, (file: string) => Promise<unknown>]>([
  ['is missing', async () => undefined],
  ['is empty', (file) => writeFile(file, '')],
])('federation-failed: the file of the federated token %s', async (what, make) => {
  const file = join(emulator.folder, `token ${what}`);
  await make(file);
  const env = { ...emulator.environments.workloadIdentity, AZURE_FEDERATED_TOKEN_FILE: file };
  await using program = new Program({ TEST_CA_PEM: emulator.ca.pem, ...env });
  const report = await program.connect({ url: emulator.url });
  expect(explainError(new AzurePgError('TOKEN_UNAVAILABLE', report.message ?? ''))?.code).toBe(
    'federation-failed',
  );
});
