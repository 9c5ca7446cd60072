import { inspect } from 'node:util';
import {
  type AzurePgError,
  type ConnectionOptions,
  type Explanation,
  explainError,
  openConnection,
  resolveConnection,
} from '@azure-pg/core';
import { driverError } from '@azure-pg/core/adapter';
import { type Emulator, type Identity, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { principalOfToken } from '../src/credentials/token/principal-of-token.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator?.stop());

/** What is thrown when this identity signs in, and how it is explained. */
async function refused(
  identity: Identity,
  options: ConnectionOptions = {},
): Promise<{
  error: AzurePgError;
  explanation: Explanation;
  text: string;
  connection: ReturnType<typeof resolveConnection>;
}> {
  const credential = emulator.entra.credential({ identity });
  const given = options.tokenProvider === undefined ? { credential, ...options } : options;
  const connection = resolveConnection(emulator.url, given, {});
  const error: AzurePgError = await openConnection(connection).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  );
  expect(error.serverError?.code).toBe('28P01');
  const explanation = explainError(error, connection);
  if (explanation === undefined) throw error;
  expect(explanation.code).toBe('role-not-mapped');
  return { error, explanation, connection, text: [explanation.why, ...explanation.fix].join('\n') };
}

const without = (name: string, kind?: Identity['kind']): Promise<Identity> =>
  emulator.createIdentity({ name, role: false, ...(kind && { kind }) });

describe('a refused sign-in is explained with the principal of its token', () => {
  test('of which the role that was tried differs in capital letters alone', async () => {
    const identity = await emulator.createIdentity({ name: 'ada@example.org', kind: 'user' });
    const { explanation, text } = await refused(identity, { user: 'Ada@example.org' });
    expect(explanation.title).toBe(
      'The token stands for the role "ada@example.org", and the role "Ada@example.org" was tried: capital letters count',
    );
    expect(explanation.fix[0]).toBe('Sign in as the role that the token stands for: user=ada@example.org');
    expect(text).not.toMatch(/role create|create_principal/);
  });

  test('a user, by the name in the token', async () => {
    const identity = await without("o'neil@example.org", 'user');
    const { text } = await refused(identity);
    expect(text).toContain(
      `a user with the object id ${identity.objectId}; it stands for the role "o'neil@example.org"`,
    );
    expect(text).toContain(
      String.raw`azure-pg role create 'o'\''neil@example.org' --object-id ${identity.objectId} --type user`,
    );
    const sql = /SELECT \* FROM pgaadauth_create_principal_with_oid\(.*;/.exec(text)?.[0] ?? '';
    expect(sql).toBe(
      `SELECT * FROM pgaadauth_create_principal_with_oid('o''neil@example.org', '${identity.objectId}', 'user', false, false);`,
    );
    // It is the cure.
    await emulator.query(sql);
    const credential = emulator.entra.credential({ identity });
    const { socket, user } = await openConnection(resolveConnection(emulator.url, { credential }, {}));
    socket.destroy();
    expect(user).toBe("o'neil@example.org");
  });

  test('a managed identity, by the name that its second token gave', async () => {
    const identity = await without('by-management');
    const { text } = await refused(identity);
    expect(text).toContain(`object id ${identity.objectId}; it stands for the role "by-management"`);
    expect(text).toContain(
      `azure-pg role create by-management --object-id ${identity.objectId} --type service`,
    );
  });

  test('a service principal, whose token names nobody: under the name that the user wrote', async () => {
    const identity = await without('display name', 'service-principal');
    const { text } = await refused(identity, { user: 'My role' });
    expect(text).toContain('its claims name no role');
    expect(text).toContain(`azure-pg role create 'My role' --object-id ${identity.objectId} --type service`);
  });

  test.each([
    ['an id', (identity: Identity) => identity.clientId],
    ['an id in braces', (identity: Identity) => `{${identity.objectId}}`],
    ['user@server', () => 'app@myserver'],
    ['what a shell would take for a flag', () => '--admin'],
  ])('%s is never the name of the role to make', async (what, userOf) => {
    const identity = await without(`of ${what}`, 'service-principal');
    const { text, explanation } = await refused(identity, { user: userOf(identity) as string });
    expect(text).toContain(`azure-pg role create NAME --object-id ${identity.objectId} --type service`);
    expect(text).toContain(`with_oid('NAME', '${identity.objectId}', 'service', false, false);`);
    expect(explanation.fix.at(-1)).toMatch(/^NAME stands for the display name .* says user=NAME\.$/);
  });

  test('another role than the token’s own: that is named first', async () => {
    const identity = await without('eve@example.org', 'user');
    const { explanation } = await refused(identity, { user: 'readers' });
    expect(explanation.fix[0]).toBe('Sign in as the role that the token stands for: user=eve@example.org');
    expect(explanation.fix.join('\n')).toContain('azure-pg role create eve@example.org ');
  });

  test('also with a function of the program’s own, as drivers throw it, and through the hosts of a list', async () => {
    const identity = await without('by-function');
    const issued = await emulator.entra.issueToken({ identity });
    const there = 'local.postgres.database.azure.com';
    const { error, connection } = await refused(identity, {
      user: 'by-function',
      tokenProvider: async () => issued,
      // Nobody listens at the first.
      host: `${there},${there}`,
      hostaddr: '127.0.0.1,127.0.0.1',
      port: `1,${emulator.ports.direct}`,
    });
    expect(error.message).toContain('None of the 2 hosts could be used');
    const thrown = driverError(error, connection, (fields) =>
      Object.assign(new Error(fields.message), fields),
    );
    expect(thrown).not.toBe(error);
    expect(JSON.stringify((thrown as { explanation?: unknown }).explanation)).toContain(identity.objectId);
    expect(JSON.stringify(explainError(new Error('Failed query', { cause: thrown }), connection))).toContain(
      identity.objectId,
    );
  });
});

test('nothing leads from the error to the token', async () => {
  const identity = await without('canary');
  const issued = await emulator.entra.issueToken({ identity });
  const { error, connection } = await refused(identity, {
    user: 'canary',
    tokenProvider: async () => issued,
  });
  const seen = new Set<unknown>();
  const everything = (value: unknown): string => {
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value === null || seen.has(value)) return '';
    seen.add(value);
    return Reflect.ownKeys(value)
      .map((key) => everything((value as Record<PropertyKey, unknown>)[key]))
      .join('\n');
  };
  const thrown = driverError(error, connection, (fields) => Object.assign(new Error(fields.message), fields));
  for (const one of [error, thrown]) {
    expect(everything(one)).toContain(identity.objectId);
    expect(everything(one)).not.toContain(issued.split('.')[1]);
    // And logs are not swollen.
    expect(Object.keys(one)).not.toContain('principal');
    expect(inspect(error, { depth: 9 })).not.toContain(identity.objectId);
  }
});

describe('the principal of a token', () => {
  const token = (claims: object): string =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
  const oid = '9F6EE2C4-5A0E-4C3F-8D1B-2F7C3A4B5D6E';
  test.each([
    ['an application’s', { oid, idtyp: 'app', appid: oid }, { principalType: 'service', role: undefined }],
    ['a user’s', { oid, idtyp: 'user', upn: 'a@b.c', scp: 'x' }, { principalType: 'user', role: 'a@b.c' }],
    [
      'a user’s without idtyp',
      { oid, scp: 'user_impersonation' },
      { principalType: 'user', role: undefined },
    ],
    ['an application’s without idtyp', { oid, roles: ['x'] }, { principalType: 'service', role: undefined }],
    ['an id as name', { oid, idtyp: 'user', upn: oid }, { principalType: 'user', role: undefined }],
  ])('%s', (_, claims, expected) => {
    expect(principalOfToken(token(claims))).toEqual({ objectId: oid.toLowerCase(), ...expected });
  });

  test.each([
    ['no token', 'secret-word'],
    ['one without an object id', token({ upn: 'a@b.c' })],
    ['one whose object id is none', token({ oid: "'); DROP ROLE app; --" })],
  ])('%s has none', (_, given) => {
    expect(principalOfToken(given)).toBeUndefined();
  });
});
