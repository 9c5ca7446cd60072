import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readClaims } from '../../src/credentials/token/token-claims.ts';
import { claimSets } from './claim-sets.ts';

// The emulator's tokens must not say more than Azure's: a program would work against it and fail there.
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator?.stop());

const management = 'https://management.azure.com/.default';
const database = 'https://ossrdbms-aad.database.windows.net/.default';

it.each([
  ['managed-identity', database, claimSets.managedIdentity],
  ['managed-identity', management, claimSets.managedIdentityForManagement],
  ['system-managed-identity', database, claimSets.managedIdentity],
  ['system-managed-identity', management, claimSets.systemAssignedForManagement],
  ['service-principal', database, claimSets.servicePrincipal],
  ['user', database, claimSets.user],
  ['guest', database, claimSets.guest],
] as const)('a %s has for %s the claims that it has on Azure, and no others', async (kind, scope, claims) => {
  const name = kind === 'user' || kind === 'guest' ? `${kind}@contoso.com` : `${kind}-${scope.length}`;
  const identity = await emulator.createIdentity({ name, kind });
  const { token } = await emulator.entra.credential({ identity }).getToken(scope);
  expect(Object.keys(readClaims(token)).sort()).toEqual(Object.keys(claims).sort());
});

it('the endpoints give the same tokens', async () => {
  const { IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' } = emulator.env;
  for (const [resource, claims] of [
    ['https://ossrdbms-aad.database.windows.net', claimSets.managedIdentity],
    ['https://management.azure.com', claimSets.managedIdentityForManagement],
  ] as const) {
    const answer = await fetch(`${IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=${resource}`, {
      headers: { 'x-identity-header': IDENTITY_HEADER },
    });
    const { access_token } = (await answer.json()) as { access_token: string };
    expect(Object.keys(readClaims(access_token)).sort()).toEqual(Object.keys(claims).sort());
  }
});
