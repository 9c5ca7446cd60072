import { chmod, chown, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { createCertificateAuthority, type Emulator, startEmulator } from '@azure-pg/emulator';

/** Users for whom pg_hba.conf takes either kind of connection, only TLS, or only plaintext. */
const hba = [
  'host all tls_optional 127.0.0.1/32 trust',
  'hostssl all tls_required 127.0.0.1/32 trust',
  'hostnossl all tls_forbidden 127.0.0.1/32 trust',
  'hostssl all tls_password 127.0.0.1/32 scram-sha-256',
];
export type TableUser = 'tls_optional' | 'tls_required' | 'tls_forbidden' | 'tls_password';

export interface TableServer {
  readonly name: string;
  /** One of {@link TableServers.certificates}; "none": the server's TLS is off. */
  readonly certificate: string;
  readonly user: TableUser;
}

export const tableServers: readonly TableServer[] = [
  { name: 'plaintext only', certificate: 'none', user: 'tls_optional' },
  { name: 'TLS optional, good certificate', certificate: 'good', user: 'tls_optional' },
  { name: 'TLS required, good certificate', certificate: 'good', user: 'tls_required' },
  { name: 'hostnossl only', certificate: 'good', user: 'tls_forbidden' },
  { name: 'a wrong password', certificate: 'good', user: 'tls_password' },
  { name: 'TLS optional, wrong host name', certificate: 'wrongName', user: 'tls_optional' },
  { name: 'TLS required, wrong host name', certificate: 'wrongName', user: 'tls_required' },
  { name: 'TLS required, name as CN without SAN', certificate: 'commonName', user: 'tls_required' },
  { name: 'TLS required, right CN but wrong SAN', certificate: 'otherSan', user: 'tls_required' },
  { name: 'TLS optional, other authority', certificate: 'untrusted', user: 'tls_optional' },
  { name: 'TLS required, other authority', certificate: 'untrusted', user: 'tls_required' },
  { name: 'TLS required, self-signed', certificate: 'selfSigned', user: 'tls_required' },
  { name: 'TLS optional, expired', certificate: 'expired', user: 'tls_optional' },
  { name: 'TLS required, expired', certificate: 'expired', user: 'tls_required' },
  { name: 'TLS required, not valid yet', certificate: 'notYet', user: 'tls_required' },
];

/** One real PostgreSQL that shows one certificate after the other. */
export class TableServers {
  readonly emulator: Emulator;

  private constructor(emulator: Emulator) {
    this.emulator = emulator;
  }

  static async start(): Promise<TableServers> {
    const emulator = await startEmulator({ pooler: false, postgres: { hba } });
    const servers = new TableServers(emulator);
    for (const user of ['tls_optional', 'tls_required', 'tls_forbidden', 'tls_password']) {
      await emulator.query(`create role ${user} login password 'right'`);
    }
    const other = await createCertificateAuthority('Another authority');
    const day = 24 * 60 * 60 * 1000;
    const [past, yesterday, tomorrow, later] = [-9, -1, 1, 9].map(
      (days) => new Date(Date.now() + days * day),
    );
    const { ca } = emulator;
    const names = ['localhost'];
    await servers.#write('good', await ca.issue({ names }));
    await servers.#write('wrongName', await ca.issue({ names: ['other.example.com'] }));
    await servers.#write('commonName', await ca.issue({ names: [], commonName: 'localhost' }));
    await servers.#write(
      'otherSan',
      await ca.issue({ names: ['other.example.com'], commonName: 'localhost' }),
    );
    await servers.#write('untrusted', await other.issue({ names }));
    await servers.#write('selfSigned', await ca.issue({ names, selfSigned: true }));
    await servers.#write(
      'expired',
      await ca.issue({ names, notBefore: past as Date, notAfter: yesterday as Date }),
    );
    await servers.#write(
      'notYet',
      await ca.issue({ names, notBefore: tomorrow as Date, notAfter: later as Date }),
    );
    return servers;
  }

  get port(): number {
    return this.emulator.postgres.port;
  }

  /** Makes the server show this certificate, and waits until it does. */
  async show(certificate: string): Promise<void> {
    const { emulator } = this;
    const off = certificate === 'none';
    await emulator.query(`alter system set ssl = '${off ? 'off' : 'on'}'`);
    if (!off) {
      await emulator.query(`alter system set ssl_cert_file = '${certificate}.crt'`);
      await emulator.query(`alter system set ssl_key_file = '${certificate}.key'`);
    }
    await emulator.query('select pg_reload_conf()');
    const expected = off ? undefined : this.#certificates.get(certificate);
    for (let tries = 0; (await shown(this.port)) !== expected; tries++) {
      if (tries > 500) throw new Error(`The server does not show the certificate "${certificate}"`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  stop(): Promise<void> {
    return this.emulator.stop();
  }

  readonly #certificates = new Map<string, string>();

  async #write(name: string, { cert, key }: { cert: string; key: string }): Promise<void> {
    const { X509Certificate } = await import('node:crypto');
    this.#certificates.set(name, new X509Certificate(cert).fingerprint256);
    for (const [suffix, text] of [
      ['crt', cert],
      ['key', key],
    ] as const) {
      const file = join(this.emulator.folder, 'data', `${name}.${suffix}`);
      await writeFile(file, text);
      await chmod(file, 0o600);
      // As root the emulator's PostgreSQL runs as nobody.
      if (process.getuid?.() === 0) await chown(file, 65_534, 65_534);
    }
  }
}

/** The fingerprint of the certificate that a server shows; undefined where it has no TLS. */
function shown(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', reject);
    socket.on('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.once('data', (answer) => {
      if (answer[0] !== 0x53) {
        socket.destroy();
        return resolve(undefined);
      }
      // The certificate is only looked at here, not trusted.
      const secure = tls.connect({ socket, rejectUnauthorized: false }, () => {
        resolve(secure.getPeerX509Certificate()?.fingerprint256);
        secure.destroy();
      });
      secure.on('error', reject);
    });
  });
}
