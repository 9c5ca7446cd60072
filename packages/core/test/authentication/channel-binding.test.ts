import { createHash, X509Certificate } from 'node:crypto';
import { chmod, chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openConnection, resolveConnection } from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../src/open/open-session.ts';
import { serverEndPoint } from '../../src/wire/authentication/channel-binding.ts';
import { certificates, ecKey, edKey, rsaKey } from './channel-binding-fixture.ts';

type Name = keyof typeof certificates;
const hashes: Record<Name, string | undefined> = {
  // RFC 5929, 4.1: SHA-256 stands in for SHA-1.
  rsaSha1: 'sha256',
  rsaSha256: 'sha256',
  rsaSha384: 'sha384',
  rsaPssSha512: 'sha512',
  rsaPssSha1: 'sha256',
  ecdsaSha512: 'sha512',
  ed25519: undefined,
};
const names = Object.keys(hashes) as Name[];

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  for (const name of names) {
    const key = name.startsWith('rsa') ? rsaKey : name.startsWith('ec') ? ecKey : edKey;
    for (const [suffix, text] of [
      ['crt', certificates[name]],
      ['key', key],
    ] as const) {
      const file = join(emulator.folder, 'data', `${name}.${suffix}`);
      await writeFile(file, text);
      await chmod(file, 0o600);
      if (process.getuid?.() === 0) await chown(file, 65_534, 65_534);
    }
  }
});
afterAll(() => emulator.stop());

describe('tls-server-end-point is the hash that the certificate is signed with', () => {
  it.each(names)('%s', (name) => {
    const certificate = new X509Certificate(certificates[name]);
    const hash = hashes[name];
    expect(serverEndPoint(certificate)).toEqual(
      hash === undefined ? undefined : createHash(hash).update(certificate.raw).digest(),
    );
  });
});

describe('PostgreSQL computes the same', () => {
  it.each(names)('%s', async (name) => {
    await emulator.query(`alter system set ssl_cert_file = '${name}.crt'`);
    await emulator.query(`alter system set ssl_key_file = '${name}.key'`);
    await emulator.query('select pg_reload_conf()');
    // The certificates are self-signed; it is the binding that is looked at here.
    const url = new URL(emulator.postgres.url);
    url.searchParams.delete('sslrootcert');
    url.searchParams.set('sslmode', 'require');
    const expected = new X509Certificate(certificates[name]).fingerprint256;
    const resolve = (channel_binding: 'require' | 'prefer') =>
      resolveConnection(url.href, { channel_binding }, {});
    for (let tries = 0; ; tries++) {
      await using session = await openSession(resolve('prefer'));
      if (session.transport.certificate?.fingerprint256 === expected) break;
      if (tries > 300) throw new Error('The server does not show its new certificate');
    }
    const bound = openConnection(resolve('require'));
    if (hashes[name] === undefined) {
      await expect(bound).rejects.toMatchObject({
        code: 'AUTH_METHOD_NOT_ALLOWED',
        message: expect.stringContaining('names no hash'),
      });
    } else {
      (await bound).socket.destroy();
    }
  });
});
