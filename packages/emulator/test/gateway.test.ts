import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, type Identity, startEmulator } from '../src/index.ts';
import {
  clientOf,
  endOf,
  everythingFrom,
  nextBytes,
  packet,
  pooler,
  refusalOf,
  rowsOf,
  skipPooler,
  tcp,
  tls,
  withSettings,
} from './connect.ts';

const sslRequest = 80877103;
const gssEncRequest = 80877104;
const protocol = (minor: number): number => (3 << 16) | minor;
const startup = 'user\0local-app\0database\0postgres\0\0';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({
    pooler: skipPooler ? false : { poolSize: 2 },
    authenticationTimeout: 1500,
    postgres: { settings: { max_connections: 60 } },
  });
});
afterAll(() => emulator?.stop());

describe('signing in with a token', () => {
  test('the emulator’s identity gets in and may make tables, as an Entra administrator on Azure may', async () => {
    const password = await emulator.entra.issueToken();
    const [row] = await rowsOf<{ role: string; ssl: boolean; version: string }>(
      emulator,
      { password },
      'SELECT current_user AS role, ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    expect(row?.role).toBe('local-app');
    await rowsOf(emulator, { password }, 'CREATE TABLE made_by_admin (id int)');
  });

  test.runIf(process.platform === 'linux').each(['TLSv1.2', 'TLSv1.3'] as const)(
    'pg_stat_ssl tells of the client’s own TLS: %s',
    async (version) => {
      const password = await emulator.entra.issueToken();
      const client = withSettings(
        clientOf(emulator, { password }),
        {},
        { minVersion: version, maxVersion: version },
      );
      await client.connect();
      const { rows } = await client.query(
        'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      );
      await client.end();
      expect(rows).toEqual([{ ssl: true, version }]);
    },
  );

  const invalid = '28P01';
  const again = 'Please acquire a new token and retry';
  test.each<[string, () => Promise<string>, { code: string; message: RegExp } | 'signed in']>([
    ['good', () => emulator.entra.issueToken(), 'signed in'],
    [
      'expired',
      () => emulator.entra.issueToken({ lifetime: -1 }),
      { code: invalid, message: RegExp(`has expired. ${again}`) },
    ],
    [
      'for another audience',
      () => emulator.entra.issueToken({ audience: 'https://vault.azure.net' }),
      { code: invalid, message: /does not have a valid audience claim/ },
    ],
    [
      'with a slash after the audience',
      () => emulator.entra.issueToken({ audience: 'https://ossrdbms-aad.database.windows.net/' }),
      { code: invalid, message: /does not have a valid audience claim/ },
    ],
    [
      'of another tenant',
      () => emulator.entra.issueToken({ tenantId: '11111111-1111-4111-a111-111111111111' }),
      { code: invalid, message: /error occurred while validating the access token/ },
    ],
    ['that is none', async () => 'hunter2', { code: invalid, message: /invalid format/ }],
    ['that is empty', async () => '', { code: invalid, message: /empty password/ }],
    [
      'with a forged signature',
      async () => (await emulator.entra.issueToken()).replace(/.{20}$/, 'A'.repeat(20)),
      { code: invalid, message: /error occurred while validating the access token/ },
    ],
    [
      'without signature (alg none)',
      async () => {
        const [, claims] = (await emulator.entra.issueToken()).split('.');
        return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`;
      },
      { code: invalid, message: /error occurred while validating|invalid format/ },
    ],
    [
      'of another principal',
      () => emulator.entra.issueToken({ claims: { oid: '22222222-2222-4222-a222-222222222222' } }),
      { code: invalid, message: /^password authentication failed for user "local-app"$/ },
    ],
    [
      'of a person for a service’s role',
      () => emulator.entra.issueToken({ claims: { idtyp: 'user', scp: 'user_impersonation' } }),
      {
        code: '28000',
        message:
          /Service Principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role\[local-app\]/,
      },
    ],
  ])('a token %s is answered as on Azure', async (_, token, expected) => {
    const refusal = await refusalOf(emulator, { password: await token() });
    if (expected === 'signed in') expect(refusal).toBe(expected);
    else expect(refusal).toEqual({ code: expected.code, message: expect.stringMatching(expected.message) });
  });

  test('a role that is not there, or has a password, is refused with the words for a wrong password', async () => {
    const password = await emulator.entra.issueToken();
    for (const user of ['nobody-knows-me', 'app', 'azuresu']) {
      expect(await refusalOf(emulator, { password, user })).toEqual({
        code: '28P01',
        message: `password authentication failed for user "${user}"`,
      });
    }
  });

  test('people, guests, groups and system-assigned identities sign in under the names that Azure gives their roles', async () => {
    const group = await emulator.createIdentity({ name: 'Database Readers', kind: 'group' });
    const people: Identity[] = [
      await emulator.createIdentity({ name: 'ann@contoso.com', kind: 'user', memberOf: [group] }),
      await emulator.createIdentity({ name: 'bob@partner.com', kind: 'guest' }),
      await emulator.createIdentity({ name: 'web-site', kind: 'system-managed-identity' }),
      await emulator.createIdentity({ name: 'robot', kind: 'service-principal' }),
    ];
    for (const identity of people) {
      const password = await emulator.entra.issueToken({ identity });
      expect(await rowsOf(emulator, { password, user: identity.roleName })).toEqual([
        { role: identity.roleName },
      ]);
    }
    const [ann, bob] = people as [Identity, Identity];
    const asGroup = async (identity: Identity) =>
      refusalOf(emulator, {
        user: 'Database Readers',
        password: await emulator.entra.issueToken({ identity }),
      });
    expect(await asGroup(ann)).toBe('signed in');
    expect(await asGroup(bob)).toMatchObject({ code: '28P01' });
    expect(bob.roleName).toBe('bob_partner.com#EXT#@local.onmicrosoft.com');
  });

  test('an application’s token does not open a person’s role', async () => {
    const user = await emulator.createIdentity({ name: 'carl@contoso.com', kind: 'user' });
    const password = await emulator.entra.issueToken({ claims: { oid: user.objectId } });
    expect(await refusalOf(emulator, { password, user: 'carl@contoso.com' })).toEqual({
      code: '28000',
      message: expect.stringContaining('AAD_AUTH_TOKENTYPE_APP_OBO'),
    });
  });

  test('sessions outlive their token, and only the next sign-in needs a new one', async () => {
    const { token } = await emulator.entra.issue({ lifetime: 1 });
    const client = clientOf(emulator, { password: token });
    await client.connect();
    await expect
      .poll(() => refusalOf(emulator, { password: token }), { timeout: 10_000 })
      .toMatchObject({ code: '28P01' });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });
});

describe('the protocol before the sign-in', () => {
  test('a client without TLS gets what Azure says, and is never asked for its password', async () => {
    const socket = await tcp(emulator.ports.direct);
    socket.write(packet(protocol(0), startup));
    const said = await everythingFrom(socket);
    expect(said).toContain('C28000');
    expect(said).toContain(
      'no pg_hba.conf entry for host "127.0.0.1", user "local-app", database "postgres", no encryption',
    );
  });

  test('encryption by GSSAPI is declined, and TLS can follow', async () => {
    const socket = await tcp(emulator.ports.direct);
    socket.write(packet(gssEncRequest));
    expect((await nextBytes(socket)).toString()).toBe('N');
    socket.write(packet(sslRequest));
    expect((await nextBytes(socket)).toString()).toBe('S');
    const secure = await tls(emulator, socket);
    secure.write(packet(protocol(0), startup));
    expect([...(await nextBytes(secure))]).toEqual([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
    secure.destroy();
  });

  test('direct TLS works with ALPN postgresql and is refused without it', async () => {
    const secure = await tls(emulator, await tcp(emulator.ports.direct), 'postgresql');
    expect(secure.alpnProtocol).toBe('postgresql');
    secure.write(packet(protocol(0), startup));
    expect((await nextBytes(secure))[0]).toBe(0x52);
    secure.destroy();
    // The handshake may or may not be seen to end before the connection does.
    const without = await tls(emulator, await tcp(emulator.ports.direct)).catch(() => undefined);
    if (without !== undefined) {
      without.write(packet(protocol(0), startup));
      expect(await everythingFrom(without)).toBe('');
    }
  });

  test('bytes that were slipped in before the handshake end the connection', async () => {
    const socket = await tcp(emulator.ports.direct);
    socket.write(Buffer.concat([packet(sslRequest), Buffer.from('DROP TABLE')]));
    expect(await everythingFrom(socket)).toContain('received unencrypted data after SSL request');
  });

  test.each([
    ['an SMTP client', Buffer.from('EHLO example.org\r\n')],
    ['a packet that is far too long', packet(protocol(0), 'x'.repeat(20_000))],
    ['protocol 2', packet(2 << 16, 'x\0')],
    ['a startup packet that ends in the middle', packet(protocol(0), 'user\0local-app')],
    ['a startup packet without user', packet(protocol(0), 'database\0postgres\0\0')],
  ])('%s is turned away without harm to others', async (_, bytes) => {
    const socket = await tcp(emulator.ports.direct);
    socket.write(bytes);
    const said = await everythingFrom(socket);
    expect(said === '' || said.startsWith('E')).toBe(true);
    expect(await refusalOf(emulator, { password: await emulator.entra.issueToken() })).toBe('signed in');
  });

  test('a client that says nothing is let go when its time is over', async () => {
    const socket = await tcp(emulator.ports.direct);
    expect(await everythingFrom(socket)).toContain('canceling authentication due to timeout');
  });

  test('protocol 3.2 and later is negotiated by the real server, before the password is asked for', async () => {
    const secure = await tls(emulator, await tcp(emulator.ports.direct), 'postgresql');
    secure.write(packet(protocol(9999), startup));
    const first = await nextBytes(secure);
    expect(String.fromCharCode(first[0] ?? 0)).toBe('v');
    expect(first.readUInt32BE(5)).toBe(protocol(2));
    const ask = first.length > 13 ? first.subarray(first.readUInt32BE(1) + 1) : await nextBytes(secure);
    expect(ask[0]).toBe(0x52);
    const token = await emulator.entra.issueToken();
    const body = Buffer.from(`${token}\0`);
    const head = Buffer.from('p\0\0\0\0');
    head.writeUInt32BE(body.length + 4, 1);
    secure.write(Buffer.concat([head, body]));
    // AuthenticationOk.
    expect([...(await nextBytes(secure)).subarray(0, 9)]).toEqual([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
    secure.destroy();
  });
});

describe('what goes through a session', () => {
  const ports = skipPooler ? (['direct'] as const) : (['direct', 'pooled'] as const);

  test.each(ports)('%s: tens of megabytes come through whole, both ways', async (port) => {
    const password = await emulator.entra.issueToken();
    const client = clientOf(emulator, { password, port: emulator.ports[port] });
    await client.connect();
    const { rows } = await client.query<{ text: string }>(
      "SELECT repeat('x', 1000000) AS text FROM generate_series(1, 40)",
    );
    expect(rows.reduce((sum, row) => sum + row.text.length, 0)).toBe(40_000_000);
    const sent = 'y'.repeat(5_000_000);
    const back = await client.query<{ size: number }>('SELECT length($1::text) AS size', [sent]);
    expect(back.rows).toEqual([{ size: sent.length }]);
    await client.end();
  });

  test.each(ports)('%s: a query can be cancelled', async (port) => {
    const password = await emulator.entra.issueToken();
    const client = clientOf(emulator, { password, port: emulator.ports[port] });
    await client.connect();
    const slow = client.query('SELECT pg_sleep(20), $1::int', [1]).then(
      () => 'not cancelled',
      (error: { code?: string }) => error.code,
    );
    const waiting =
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(20)%' AND state = 'active'";
    await expect.poll(async () => (await emulator.query<{ n: number }>(waiting))[0]?.n).toBe(1);
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const key = Buffer.alloc(8);
    key.writeInt32BE(processID);
    key.writeInt32BE(secretKey, 4);
    const plain = await tcp(emulator.ports[port]);
    plain.write(packet(sslRequest));
    await nextBytes(plain);
    const secure = await tls(emulator, plain);
    secure.write(packet(80877102, key.toString('latin1')));
    expect(await everythingFrom(secure)).toBe('');
    expect(await slow).toBe('57014');
    await client.end();
  });

  test('a client that vanishes leaves no session behind', async () => {
    const client = clientOf(emulator, { password: await emulator.entra.issueToken() });
    await client.connect();
    const [{ pid } = { pid: 0 }] = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'))
      .rows;
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    const sql = 'SELECT pid FROM pg_stat_activity WHERE pid = $1';
    await expect.poll(() => emulator.query(sql, [pid])).toEqual([]);
  });

  test('a session that the server ends gives the client the server’s own error', async () => {
    const client = clientOf(emulator, { password: await emulator.entra.issueToken() });
    const end = endOf(client);
    await client.connect();
    const [{ pid } = { pid: 0 }] = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'))
      .rows;
    await emulator.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(await end).toBe('57P01');
  });
});

describe.skipIf(skipPooler)(`through PgBouncer ${pooler.version ?? ''}`, () => {
  const old = Number(pooler.version?.split('.')[1] ?? 0) < 25;

  test('plaintext is refused with PgBouncer’s words', async () => {
    const socket = await tcp(emulator.ports.pooled);
    socket.write(packet(protocol(0), startup));
    expect(await everythingFrom(socket)).toContain('SSL required');
  });

  test.runIf(old).each([
    [2500, /password authentication failed/],
    [7000, /./],
  ])('a token of %i bytes is too long for it, and it says so itself', async (size, message) => {
    const password = await emulator.entra.issueToken({ size });
    const signIn = { password, port: emulator.ports.pooled };
    expect(await refusalOf(emulator, signIn)).toEqual({
      code: '08P01',
      message: expect.stringMatching(message),
    });
    expect(await refusalOf(emulator, { password })).toBe('signed in');
  });

  test('a token just short enough passes', async () => {
    const password = await emulator.entra.issueToken({ size: 2040 });
    expect(password.length).toBeLessThanOrEqual(2047);
    expect(await refusalOf(emulator, { password, port: emulator.ports.pooled })).toBe('signed in');
  });

  test('startup parameters that PgBouncer does not know are refused as on Azure', async () => {
    const signIn = { password: await emulator.entra.issueToken(), port: emulator.ports.pooled };
    const client = withSettings(clientOf(emulator, signIn), { statement_timeout: 1000 });
    await expect(client.connect()).rejects.toMatchObject({
      code: '08P01',
      message: expect.stringContaining('unsupported startup parameter'),
    });
  });

  test('roles made while it runs get in', async () => {
    const identity = await emulator.createIdentity({ name: 'late-comer' });
    const password = await emulator.entra.issueToken({ identity });
    const signIn = { password, user: 'late-comer', port: emulator.ports.pooled };
    expect(await rowsOf(emulator, signIn)).toEqual([{ role: 'late-comer' }]);
  });
});
