import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
} from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignInSource } from '../src/credentials/sign-in-source.ts';
import { type ConnectionOptions, resolveConnection } from '../src/index.ts';
import { openConnectionWith } from '../src/open/open-connection.ts';
import { formatted } from './connection-string/settings-documentation.ts';
import { HostileServer, type Peer } from './hostile-server.ts';

// docs/security.md says where each secret may travel. Here every cell of its table is tried on servers that want the secret, whoever they are,
// and note on which channel it came.

const canary = 'canary-0123456789';
const folder = mkdtempSync(join(tmpdir(), 'azure-pg-channels-'));
const rootFile = join(folder, 'ca.pem');
const names = { azure: 'x.postgres.database.azure.com', allowed: 'db.example.com', other: 'db.example.org' };
let ca: CertificateAuthority;
let certificates: Record<'untrusted' | 'wrongName' | 'good', IssuedCertificate>;

beforeAll(async () => {
  ca = await createCertificateAuthority();
  writeFileSync(rootFile, ca.pem);
  const stranger = await createCertificateAuthority('A stranger');
  certificates = {
    untrusted: await stranger.issue({ names: [...Object.values(names), 'localhost'] }),
    wrongName: await ca.issue({ names: ['elsewhere.example.net'] }),
    good: await ca.issue({ names: [...Object.values(names), 'localhost'] }),
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

/** From the worst to the best. */
const channels = ['in plaintext', 'to any certificate', 'to any name', 'verified'] as const;
type Channel = (typeof channels)[number];

/** A server that offers no TLS, or shows a certificate; and takes whoever begins without TLS. */
async function serverOn(certificate: keyof typeof certificates | undefined, heard: Set<Channel>) {
  const secure: Record<keyof typeof certificates, Channel> = {
    untrusted: 'to any certificate',
    wrongName: 'to any name',
    good: 'verified',
  };
  return await HostileServer.start(async (peer: Peer) => {
    let channel: Channel = 'in plaintext';
    const first = await peer.read(8);
    if (first.readUInt32BE(4) === 80_877_103) {
      if (certificate === undefined) peer.socket.write('N');
      else {
        peer.socket.write('S');
        await peer.handshake(certificates[certificate]);
        channel = secure[certificate];
      }
      await peer.startup();
    } else await peer.read(first.readUInt32BE(0) - 8);
    peer.send('R', 3);
    if ((await peer.message()).includes(canary)) heard.add(channel);
    peer.socket.destroy();
  });
}

const secret: SignInSource = { get: async () => ({ user: 'u', password: canary }), refused: () => false };

/** The worst channel on which the secret came; undefined where it never left. */
async function travels(
  options: ConnectionOptions,
  roots: boolean,
  shown: readonly (keyof typeof certificates | undefined)[],
): Promise<Channel | undefined> {
  const heard = new Set<Channel>();
  for (const certificate of shown) {
    await using server = await serverOn(certificate, heard);
    const connection = resolveConnection(
      {
        user: 'u',
        hostaddr: '127.0.0.1',
        connectTimeout: 5,
        connectRetryTimeout: 0,
        ...options,
        port: server.port,
        ...(roots ? { sslrootcert: rootFile } : {}),
        logger: { warn: () => undefined },
      },
      undefined,
      {},
    );
    await openConnectionWith(secret, connection).catch(() => undefined);
  }
  return channels.find((channel) => heard.has(channel));
}

const credentials: Record<string, ConnectionOptions> = {
  'Entra token': { auth: 'entra', tokenProvider: async () => canary },
  'password from Key Vault': { password: 'keyvault:https://v.vault.azure.net/secrets/s' },
  password: { password: canary },
};
const hosts: Record<string, ConnectionOptions> = {
  'Azure’s': { host: names.azure },
  'in `allowed_hosts`': { host: names.allowed, allowedHosts: names.allowed },
  'any other': { host: names.other },
  'this machine': { host: 'localhost', hostaddr: undefined },
};
const modes = [undefined, 'disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

async function cell(options: ConnectionOptions): Promise<string> {
  try {
    // Without roots of the user's, an honest server is not verified either; what travels then travels to anybody.
    const unverified = await travels(options, false, [undefined, 'untrusted']);
    return unverified ?? (await travels(options, true, ['wrongName', 'good'])) ?? 'refused';
  } catch {
    return 'refused';
  }
}

it('docs/security.md: every cell of its table', { timeout: 120_000 }, async () => {
  const rows: string[][] = [
    ['Secret', 'Host', ...modes.map((mode) => (mode === undefined ? 'no `sslmode`' : `\`${mode}\``))],
    Array.from({ length: modes.length + 2 }, () => '---'),
  ];
  for (const [credential, how] of Object.entries(credentials)) {
    for (const [host, where] of Object.entries(hosts)) {
      const cells = modes.map((sslmode) => cell({ ...how, ...where, ...(sslmode && { sslmode }) }));
      rows.push([credential, host, ...(await Promise.all(cells))]);
    }
  }
  const file = 'docs/security.md';
  const page = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  const table = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  const marked = /(<!-- where secrets travel -->)[\s\S]*?(<!-- end -->)/;
  expect(page).toMatch(marked);
  await expect(
    formatted(
      file,
      page.replace(marked, (_, begin: string, end: string) => `${begin}\n\n${table}\n\n${end}`),
    ),
  ).toMatchFileSnapshot(`../../../${file}`);
});
