import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../src/index.ts';
import { refusalOf, rowsOf } from './connect.ts';

let emulator: Emulator;
let password: string;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  password = await emulator.entra.issueToken();
});
afterAll(() => emulator?.stop());

test('an Entra administrator maps a principal by name, and the principal gets in', async () => {
  const identity = await emulator.createIdentity({ name: "it's a name", role: false });
  const token = await emulator.entra.issueToken({ identity });
  const signIn = { user: "it's a name", password: token };
  expect(await refusalOf(emulator, signIn)).toMatchObject({ code: '28P01' });
  const sql = "SELECT * FROM pgaadauth_create_principal('it''s a name', false, false)";
  expect(await rowsOf(emulator, { password }, sql)).toEqual([
    { pgaadauth_create_principal: `Created role for "it's a name"` },
  ]);
  expect(await rowsOf(emulator, signIn)).toEqual([{ role: "it's a name" }]);
});

test('and by object id under any role name', async () => {
  const identity = await emulator.createIdentity({ name: 'long-display-name', role: false });
  const sql = `SELECT pgaadauth_create_principal_with_oid('short', '${identity.objectId.toUpperCase()}', 'service', false, false)`;
  await rowsOf(emulator, { password }, sql);
  const token = await emulator.entra.issueToken({ identity });
  expect(await rowsOf(emulator, { user: 'short', password: token })).toEqual([{ role: 'short' }]);
  await emulator.query('ALTER ROLE short RENAME TO shorter');
  expect(await rowsOf(emulator, { user: 'shorter', password: token })).toEqual([{ role: 'shorter' }]);
  await emulator.query('DROP ROLE shorter');
  expect(await refusalOf(emulator, { user: 'shorter', password: token })).toMatchObject({ code: '28P01' });
});

test('principals are listed, administrators alone on request', async () => {
  await emulator.createIdentity({ name: 'listed@contoso.com', kind: 'user' });
  const all = await rowsOf(emulator, { password }, 'SELECT * FROM pgaadauth_list_principals(false)');
  expect(all).toContainEqual(
    expect.objectContaining({ rolname: 'listed@contoso.com', principaltype: 'user', isadmin: 0, ismfa: 0 }),
  );
  const admins = await rowsOf(emulator, { password }, 'SELECT rolname FROM pgaadauth_list_principals(true)');
  expect(admins).toEqual([{ rolname: 'local-app' }]);
});

test.each([
  ["pgaadauth_create_principal('nobody', false, false)", /no principal named "nobody"/],
  ["pgaadauth_create_principal_with_oid('r', 'x', 'user', false, false)", /not an object id/],
  [
    "pgaadauth_create_principal_with_oid('r', '11111111-1111-4111-a111-111111111111', 'robot', false, false)",
    /user, group or service/,
  ],
  ["pgaadauth_create_principal('local-app', false, false)", /already exists/],
])('SELECT %s says what is wrong', async (call, message) => {
  await expect(rowsOf(emulator, { password }, `SELECT ${call}`)).rejects.toThrow(message);
});

test('someone who is not an administrator may not create principals', async () => {
  const identity = await emulator.createIdentity({ name: 'plain-role' });
  const token = await emulator.entra.issueToken({ identity });
  const sql = "SELECT pgaadauth_create_principal('plain-role', true, false)";
  await expect(rowsOf(emulator, { user: 'plain-role', password: token }, sql)).rejects.toMatchObject({
    code: '42501',
  });
  const id = '00000000-0000-4000-8000-000000000000';
  const inside = `SELECT azure_pg_emulator.create_role('intruder', '${id}', 'user', true, false)`;
  await expect(rowsOf(emulator, { user: 'plain-role', password: token }, inside)).rejects.toThrow(
    'permission denied for function create_role',
  );
  await expect(
    rowsOf(emulator, { user: 'plain-role', password: token }, 'SELECT * FROM azure_pg_emulator.principal'),
  ).rejects.toMatchObject({ code: '42501' });
});

test('a tool that asks every table for its sequences, as Kysely 0.28.0 does, is not stopped at ours', async () => {
  const sql = `SELECT count(pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname))::int AS n
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^(pg_|information_schema)'`;
  const identity = await emulator.createIdentity({ name: 'curious' });
  const token = await emulator.entra.issueToken({ identity });
  expect(await rowsOf(emulator, { user: 'curious', password: token }, sql)).toEqual([{ n: 0 }]);
});

test('a role that wants multi-factor authentication wants a token that tells of it', async () => {
  const identity = await emulator.createIdentity({
    name: 'mfa@contoso.com',
    kind: 'user',
    role: { mfa: true },
  });
  const user = 'mfa@contoso.com';
  expect(await refusalOf(emulator, { user, password: await emulator.entra.issueToken({ identity }) })).toBe(
    'signed in',
  );
  const weak = await emulator.entra.issueToken({ identity, claims: { amr: ['pwd'] } });
  expect(await refusalOf(emulator, { user, password: weak })).toMatchObject({ code: '28P01' });
});

test('identities that make no sense are refused with a reason', async () => {
  await expect(emulator.createIdentity({ name: 'local-app' })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  });
  await expect(emulator.createIdentity({ name: 'app' })).rejects.toThrow(/already exists/);
  await expect(emulator.createIdentity({ name: 'odd', objectId: 'x' })).rejects.toThrow(/not an object id/);
  expect(emulator.identities.map(({ name }) => name)).not.toContain('odd');
  await emulator.createIdentity({ name: 'odd' });
  await expect(emulator.createIdentity({ name: '' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(emulator.createIdentity({ name: 'x', kind: 'robot' as 'user' })).rejects.toThrow(
    /not a kind of identity/,
  );
});
