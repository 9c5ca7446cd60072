import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { type ConnectionOptions, resolveConnection, type Transport } from '@azure-pg/core';
import { createCertificateAuthority } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reachServer } from '../../src/open/reach-server.ts';
import { type Behaviour, HostileServer, type Peer } from '../hostile-server.ts';
import {
  authority,
  goodCertificate,
  goodKey,
  revocationList,
  revokedCertificate,
  revokedKey,
} from './revocation-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'azure-pg-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const good = { cert: goodCertificate, key: goodKey };
const revoked = { cert: revokedCertificate, key: revokedKey };

async function reach(server: HostileServer, options: ConnectionOptions): Promise<Transport> {
  const transport = await reachServer(
    resolveConnection(
      {
        host: 'localhost',
        hostaddr: '127.0.0.1',
        port: server.port,
        user: 'u',
        sslmode: 'verify-full',
        sslrootcert: authority,
        connect_timeout: 5,
        ...options,
      },
      undefined,
      {},
    ),
  );
  // Not destroyed: the server should see the handshake's end.
  transport.socket.resume().end();
  return transport;
}

describe('a revoked certificate', () => {
  const inFolder = join(folder, 'list.crl');
  beforeAll(() => writeFileSync(inFolder, revocationList));
  it.each([
    ['inline', { sslcrl: revocationList }],
    ['in a file', { sslcrl: inFolder }],
    ['in a folder', { sslcrldir: folder }],
  ] as const)('is refused where the list is given %s, and only it', async (_, list) => {
    await using withdrawn = await HostileServer.start((peer) => peer.secure(revoked));
    await expect(reach(withdrawn, list)).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_TRUSTED',
      message: expect.stringContaining('it was revoked'),
    });
    await reach(withdrawn, {});
    await using honest = await HostileServer.start((peer) => peer.secure(good));
    await reach(honest, list);
  });

  it('a list of another authority proves nothing, and is said to', async () => {
    const other = await createCertificateAuthority();
    const certificate = await other.issue({ names: ['localhost'] });
    await using server = await HostileServer.start((peer) => peer.secure(certificate));
    await expect(reach(server, { sslrootcert: other.pem, sslcrl: revocationList })).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_TRUSTED',
      message: expect.stringContaining('revocation lists given have none'),
    });
  });
});

describe('what is not a plain file is not read: it may never end, or never begin', () => {
  const pipe = join(folder, 'pipe');
  beforeAll(() => void execFileSync('mkfifo', [pipe]));

  it.each(['sslrootcert', 'sslcrl', 'sslcert', 'sslkey'] as const)('%s', async (setting) => {
    await using server = await HostileServer.start((peer) => peer.secure(good));
    const others = setting === 'sslkey' ? { sslcert: goodCertificate } : {};
    for (const file of ['/dev/zero', pipe]) {
      await expect(reach(server, { ...others, [setting]: file })).rejects.toMatchObject({
        code: 'CERTIFICATE_FILE',
        message: `"${file}" (from ${setting}) is not a plain file`,
      });
    }
    await reach(server, { sslcrldir: folder });
  });
});

/** Makes the handshake itself, to see what the client shows. */
const looking =
  (options: tls.TLSSocketOptions, see: (socket: tls.TLSSocket) => void): Behaviour =>
  async (peer: Peer) => {
    await peer.sslRequest();
    peer.socket.removeAllListeners('data');
    peer.socket.write('S');
    const secure = new tls.TLSSocket(peer.socket, { isServer: true, ...good, ...options });
    secure.on('error', () => {});
    secure.on('secure', () => see(secure));
  };

describe('what the client shows of itself', () => {
  it('its certificate where the server asks, but not with sslcertmode=disable', async () => {
    const clients = await createCertificateAuthority('Clients');
    const { cert, key } = await clients.issue({ names: [], commonName: 'app', usage: 'client' });
    const seen: (string | undefined)[] = [];
    await using server = await HostileServer.start(
      looking({ requestCert: true, rejectUnauthorized: false, ca: clients.pem }, (socket) => {
        const { subject } = socket.getPeerCertificate();
        seen.push(subject?.CN as string | undefined);
      }),
    );
    await reach(server, { sslcert: cert, sslkey: key });
    await reach(server, { sslcert: cert, sslkey: key, sslcertmode: 'disable' });
    await server.deserted();
    expect(seen).toEqual(['app', undefined]);
    await expect(reach(server, { sslcertmode: 'require' })).rejects.toMatchObject({
      code: 'INVALID_SETTING',
    });
  });

  it.each<[options: ConnectionOptions, name: string | false]>([
    [{}, 'localhost'],
    [{ sslsni: '0' }, false],
    [{ host: '127.0.0.1', sslmode: 'verify-ca' }, false],
    [{ host: 'renamed.internal', ssl_server_name: 'localhost' }, 'localhost'],
    [{ host: 'LOCALHOST.', sslmode: 'verify-full' }, 'LOCALHOST'],
  ])('the name it asks for (SNI): %j', async (options, name) => {
    const seen: unknown[] = [];
    await using server = await HostileServer.start(
      looking({}, (socket) => seen.push((socket as { servername?: unknown }).servername)),
    );
    await reach(server, options);
    await server.deserted();
    expect(String(seen[0] || false).toLowerCase()).toBe(String(name).toLowerCase());
  });
});

describe('ssl_min_protocol_version and ssl_max_protocol_version', () => {
  it.each<[options: ConnectionOptions, version: string | undefined]>([
    [{}, 'TLSv1.3'],
    [{ ssl_max_protocol_version: 'TLSv1.2' }, 'TLSv1.2'],
    [{ ssl_min_protocol_version: 'TLSv1.3' }, 'TLSv1.3'],
  ])('%j', async (options, version) => {
    await using server = await HostileServer.start((peer) => peer.secure(good));
    const { socket } = await reach(server, options);
    expect((socket as tls.TLSSocket).getProtocol()).toBe(version);
    await using old = await HostileServer.start(
      looking({ maxVersion: 'TLSv1.2' } as tls.TLSSocketOptions, () => {}),
    );
    const reached = reach(old, options);
    if (options.ssl_min_protocol_version === 'TLSv1.3') {
      await expect(reached).rejects.toMatchObject({
        code: 'TLS_HANDSHAKE_FAILED',
        hint: expect.stringContaining('ssl_min_protocol_version'),
      });
    } else await reached;
  });

  it('Azure’s hosts are never spoken to below TLS 1.2, whatever the settings say', async () => {
    await using server = await HostileServer.start((peer) => peer.secure(good));
    const azure = { host: 'x.postgres.database.azure.com', ssl_server_name: 'localhost' };
    await expect(
      reach(server, { ...azure, ssl_min_protocol_version: 'TLSv1', ssl_max_protocol_version: 'TLSv1.1' }),
    ).rejects.toMatchObject({ code: 'INVALID_SETTING', message: expect.stringContaining('TLS 1.2') });
    await reach(server, { ...azure, ssl_min_protocol_version: 'TLSv1' });
  });
});

it('direct TLS takes a server that agrees to speak "postgresql"', async () => {
  await using server = await HostileServer.start((peer) => peer.handshake(good, ['postgresql']));
  const transport = await reach(server, { sslnegotiation: 'direct' });
  expect(transport).toMatchObject({ encrypted: true, verified: true });
});
