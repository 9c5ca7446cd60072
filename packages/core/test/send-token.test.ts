import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConnectionOptions, openConnection, resolveConnection } from '@azure-pg/core';
import {
  createCertificateAuthority,
  type Emulator,
  type IssuedCertificate,
  startEmulator,
} from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodePostgres } from './drive.ts';
import { HostileServer, type Peer } from './hostile-server.ts';

// A role that PostgreSQL and PgBouncer themselves ask for its password in cleartext, as Azure's servers ask for a token.
const secret = 'a-token-of-sorts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
  await emulator.query(`create role early login password '${secret}'`);
  const [{ file } = { file: '' }] = await emulator.query<{ file: string }>(
    `select current_setting('hba_file') as file`,
  );
  const asks = 'hostssl all early 127.0.0.1/32 password\n';
  const prepend = async (to: string, lines: string): Promise<void> =>
    writeFile(to, `${lines}${await readFile(to, 'utf8')}`);
  await prepend(file, `${asks}local all early trust\n`);
  await emulator.query('select pg_reload_conf()');
  await prepend(join(emulator.folder, 'pgbouncer.hba'), asks);
  await appendFile(join(emulator.folder, 'pgbouncer.users'), `"early" "${secret}"\n`);
  await emulator.pgbouncer?.restart();
});
afterAll(() => emulator.stop());

/** Opens a connection, and says who is signed in. */
async function roleAt(url: string, options: ConnectionOptions = {}): Promise<string> {
  const connection = resolveConnection(url, { connect_retry_timeout: 0, ...options }, emulator.env);
  const client = await nodePostgres(await openConnection(connection), 'postgres');
  const { rows } = await client.query('select current_user as role, pg_sleep(0)');
  await client.end();
  return rows[0].role;
}

describe('send_token=at_once', () => {
  test.each(['url', 'pooledUrl'] as const)('signs in by the gateway of the %s', async (name) => {
    const tokenProvider = (): Promise<string> => emulator.entra.issueToken();
    expect(await roleAt(emulator[name], { user: 'local-app', send_token: 'at_once', tokenProvider })).toBe(
      'local-app',
    );
  });

  test.each(['postgres', 'pgbouncer'] as const)('signs in at %s itself', async (name) => {
    const url = new URL(emulator[name]?.url ?? '');
    Object.assign(url, { username: 'early', password: '' });
    const tokenProvider = async (): Promise<string> => secret;
    const at = (sendToken: 'at_once' | 'when_asked', token = tokenProvider): Promise<string> =>
      roleAt(url.href, { auth: 'entra', sslmode: 'verify-full', tokenProvider: token, sendToken });
    expect(await at('when_asked')).toBe('early');
    expect(await at('at_once')).toBe('early');
    await expect(at('at_once', async () => 'another')).rejects.toMatchObject({
      code: 'SERVER_REFUSED',
      message: expect.stringContaining('authentication failed'),
    });
  });
});

describe('towards any server', () => {
  let certificate: IssuedCertificate;
  let ca: string;
  beforeAll(async () => {
    const authority = await createCertificateAuthority();
    certificate = await authority.issue({ names: ['localhost'] });
    ca = join(emulator.folder, 'another-ca.pem');
    await writeFile(ca, authority.pem);
  });

  /** What a server has heard when it asks for a sign-in, or for none, and how the connect ends. */
  async function heardBefore(
    request: number,
    options: ConnectionOptions,
  ): Promise<{ heard: string; ended: unknown }> {
    let heard = '';
    await using server = await HostileServer.start(async (peer: Peer) => {
      await peer.secure(certificate);
      await peer.startup();
      // Both arrive in one piece, or the second never does.
      heard = server.received.toString('latin1');
      peer.send('R', request);
      peer.socket.once('data', () => peer.socket.destroy());
    });
    const connection = resolveConnection(
      {
        host: 'localhost',
        hostaddr: '127.0.0.1',
        port: server.port,
        user: 'ada',
        auth: 'entra',
        sslrootcert: ca,
        tokenProvider: async () => secret,
        connect_timeout: 5,
        connect_retry_timeout: 0,
        ...options,
      },
      undefined,
      {},
    );
    const ended = await openConnection(connection).catch(({ code, hint }) => ({ code, hint }));
    return { heard, ended };
  }

  const cleartext = 3;
  test('the token comes with the startup message, or when it is asked for', async () => {
    expect((await heardBefore(cleartext, { send_token: 'at_once' })).heard).toContain(secret);
    expect((await heardBefore(cleartext, {})).heard).not.toContain(secret);
  });

  test.each(['require', 'verify-ca'] as const)('it is not sent unasked with sslmode=%s', async (sslmode) => {
    const { heard } = await heardBefore(cleartext, { send_token: 'at_once', sslmode });
    expect(heard).toContain('ada');
    expect(heard).not.toContain(secret);
  });

  test('nor is a password', async () => {
    const { heard } = await heardBefore(cleartext, {
      send_token: 'at_once',
      auth: 'password',
      password: secret,
      sslmode: 'verify-full',
      tokenProvider: undefined,
    });
    expect(heard).toContain('ada');
    expect(heard).not.toContain(secret);
  });

  test.each([
    ['nothing at all', 0],
    ['an MD5 password', 5],
    ['SCRAM', 10],
    ['Kerberos', 7],
  ])('a server that asks for %s instead is left, with what to do', async (_, request) => {
    expect(await heardBefore(request, { send_token: 'at_once' })).toMatchObject({
      ended: { code: 'AUTH_METHOD_NOT_ALLOWED', hint: expect.stringContaining('send_token') },
    });
  });
});
