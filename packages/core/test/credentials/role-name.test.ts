import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entraToken } from '../../src/credentials/token/entra-token.ts';
import { roleFromClaims, roleUnknown } from '../../src/credentials/token/role-name.ts';
import { readClaims } from '../../src/credentials/token/token-claims.ts';
import { tokenWith } from './test-token.ts';

const group = '/subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/rg/providers';
const userAssigned = `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/my-app`;
const webSite = `${group}/Microsoft.Web/sites/my-site`;
const guid = '94f8741b-5c45-422c-a897-7650390765e1';

describe('the role that a token names', () => {
  it.each<[string, Record<string, unknown>, string | undefined]>([
    ['a user signs in under the UPN', { upn: 'Ada@contoso.com', oid: guid }, 'Ada@contoso.com'],
    ['in its own upper and lower case', { upn: 'ADA@Contoso.com' }, 'ADA@Contoso.com'],
    [
      'a guest under the full name with #EXT#',
      { upn: 'ada_gmail.com#EXT#@contoso.onmicrosoft.com', unique_name: 'ada@gmail.com' },
      'ada_gmail.com#EXT#@contoso.onmicrosoft.com',
    ],
    [
      'version 2 tokens have preferred_username',
      { preferred_username: 'ada@contoso.com' },
      'ada@contoso.com',
    ],
    ['older ones unique_name', { unique_name: 'ada@contoso.com' }, 'ada@contoso.com'],
    ['upn before the others', { unique_name: 'c', preferred_username: 'b', upn: 'a' }, 'a'],
    ['preferred_username before unique_name', { unique_name: 'c', preferred_username: 'b' }, 'b'],
    ['a user-assigned identity under its own name', { xms_mirid: userAssigned, appid: guid }, 'my-app'],
    [
      'however Azure writes the path',
      { xms_mirid: userAssigned.replace('resourcegroups', 'resourceGroups').toUpperCase() },
      'MY-APP',
    ],
    ['the identity before the person', { xms_mirid: userAssigned, upn: 'ada@contoso.com' }, 'my-app'],
    [
      'a resource that is not an identity does not hide the other claims',
      { xms_mirid: webSite, upn: 'ada@contoso.com' },
      'ada@contoso.com',
    ],
    ['a system-assigned identity is a guess, not a role', { xms_mirid: webSite, appid: guid }, undefined],
    ['an id is not a role: appid', { appid: guid, azp: guid, oid: guid, idtyp: 'app' }, undefined],
    ['an id is not a role: upn', { upn: guid, unique_name: 'ada@contoso.com' }, 'ada@contoso.com'],
    ['an id is not a role: identity', { xms_mirid: userAssigned.replace('my-app', guid) }, undefined],
    ['a group is named by the user alone', { groups: [guid, guid], appid: guid }, undefined],
    ['a path that only ends like one', { xms_mirid: `${webSite}/userAssignedIdentities/evil` }, undefined],
    ['a path with something behind it', { xms_mirid: `${userAssigned}/sites/evil` }, undefined],
    [
      'a path of another provider',
      { xms_mirid: userAssigned.replace('Microsoft.', 'Evil.Microsoft.') },
      undefined,
    ],
    ['a claim that is not text', { upn: ['ada'], preferred_username: { a: 1 }, unique_name: 7 }, undefined],
    ['an empty claim', { upn: '', unique_name: 'ada@contoso.com' }, 'ada@contoso.com'],
    ['a name that would end early in the startup message', { upn: 'ada\0database\0postgres' }, undefined],
    ['an endless name', { upn: 'a'.repeat(5000) }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_, claims, role) => {
    expect(roleFromClaims(readClaims(tokenWith(claims)))).toBe(role);
  });
});

describe('a token that is no JSON Web Token, or a strange one, has no claims and fails nothing', () => {
  it.each([
    ['opaque', 'opaque-token'],
    ['empty', ''],
    ['two parts', 'a.b'],
    ['five parts', 'a.b.c.d.e'],
    ['no base64', 'a.%%%.c'],
    ['no JSON', `a.${Buffer.from('{').toString('base64url')}.c`],
    ['no object', `a.${Buffer.from('"upn"').toString('base64url')}.c`],
    ['a list', `a.${Buffer.from('[1]').toString('base64url')}.c`],
    ['null', `a.${Buffer.from('null').toString('base64url')}.c`],
    ['no UTF-8', `a.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}.c`],
    ['huge', `a.${Buffer.from(JSON.stringify({ upn: 'x'.repeat(1_000_000) })).toString('base64url')}.c`],
    ['deep', `a.${Buffer.from('['.repeat(100_000)).toString('base64url')}.c`],
  ])('%s', (_, token) => {
    expect(readClaims(token)).toEqual({});
    expect(entraToken({ token, expiresOnTimestamp: 0 }).role).toBeUndefined();
  });

  it('a payload cannot reach the prototype', () => {
    const token = `a.${Buffer.from('{"__proto__":{"upn":"evil"},"constructor":1}').toString('base64url')}.c`;
    expect(roleFromClaims(readClaims(token))).toBeUndefined();
    expect(({} as Record<string, unknown>).upn).toBeUndefined();
  });

  it('any text at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `a.${Buffer.from(json).toString('base64url')}.c`),
        ),
        (token) => {
          const { role, claims } = entraToken({ token, expiresOnTimestamp: 0 });
          expect(role === undefined || typeof role === 'string').toBe(true);
          expect(roleUnknown(claims).code).toBe('ROLE_UNKNOWN');
        },
      ),
    );
  });
});

it('claims are read once per token, not once per connection', () => {
  const token = entraToken({ token: tokenWith({ upn: 'ada@contoso.com' }), expiresOnTimestamp: 0 });
  expect(token.claims).toBe(token.claims);
  expect(token.role).toBe('ada@contoso.com');
});

describe('the error where no role is named', () => {
  it('lists the claims seen, guesses the name and says where to write it', () => {
    const error = roleUnknown(
      readClaims(tokenWith({ xms_mirid: webSite, appid: guid, groups: ['a', 'b'], secret: 'canary' })),
    );
    expect(error.message).toContain(`appid="${guid}"`);
    expect(error.message).toContain('groups (2)');
    expect(error.hint).toContain('user=…');
    expect(error.hint).toContain('It is probably "my-site".');
    expect(`${error.message}${error.hint}`).not.toContain('canary');
  });

  it('says that an opaque token has none', () => {
    expect(roleUnknown({}).message).toContain('not a JSON Web Token');
  });
});
