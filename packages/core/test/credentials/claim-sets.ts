/**
 * Which claims real tokens have, with other values. Sources:
 * - a managed identity's for the database: microsoft/aspire#8230, quoted from a token of Azure's
 * - a managed identity's for Azure's management: the same with `xms_mirid`, from what azure-sdk-for-python's azure_postgresql_auth and
 *   azure-sdk-for-net's Microsoft.Azure.PostgreSQL.Auth read; that a workload identity's has it as well is likely, and not documented
 * - an application's, a user's and a guest's: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
const tenant = '11111111-1111-4111-a111-111111111111';
const subscription = '/subscriptions/22222222-2222-4222-a222-222222222222/resourcegroups/rg/providers';

const common = {
  iss: `https://sts.windows.net/${tenant}/`,
  iat: 1_742_596_049,
  nbf: 1_742_596_049,
  exp: 4_102_444_800,
  aio: 'k2RgYFh',
  rh: '1.AAAA.',
  tid: tenant,
  uti: 'abc',
  ver: '1.0',
};
const application = (oid: string) => ({
  ...common,
  appid: '33333333-3333-4333-a333-333333333333',
  appidacr: '2',
  idp: `https://sts.windows.net/${tenant}/`,
  idtyp: 'app',
  oid,
  sub: oid,
  xms_idrel: '7 20',
});
const person = {
  ...common,
  acr: '1',
  amr: ['pwd', 'mfa'],
  appid: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
  appidacr: '0',
  idtyp: 'user',
  ipaddr: '192.0.2.1',
  name: 'Ada Lovelace',
  oid: '44444444-4444-4444-a444-444444444444',
  scp: 'user_impersonation',
  sub: 'sub',
  xms_idrel: '1 2',
};
const database = 'https://ossrdbms-aad.database.windows.net';
const management = 'https://management.azure.com';
const oid = '55555555-5555-4555-a555-555555555555';

type Kind =
  | 'managedIdentity'
  | 'managedIdentityForManagement'
  | 'systemAssignedForManagement'
  | 'servicePrincipal'
  | 'user'
  | 'guest';

export const claimSets: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = {
  managedIdentity: { ...application(oid), aud: database },
  managedIdentityForManagement: {
    ...application(oid),
    aud: management,
    xms_mirid: `${subscription}/Microsoft.ManagedIdentity/userAssignedIdentities/my-app`,
  },
  systemAssignedForManagement: {
    ...application(oid),
    aud: management,
    xms_mirid: `${subscription}/Microsoft.Web/sites/my-site`,
  },
  servicePrincipal: { ...application(oid), aud: database, appidacr: '1' },
  user: { ...person, aud: database, unique_name: 'ada@contoso.com', upn: 'ada@contoso.com' },
  guest: {
    ...person,
    aud: database,
    unique_name: 'ada_fabrikam.com#EXT#@contoso.onmicrosoft.com',
    upn: 'ada_fabrikam.com#EXT#@contoso.onmicrosoft.com',
  },
};
