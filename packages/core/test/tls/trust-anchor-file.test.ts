import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createCertificateAuthority, startEmulator } from '@azure-pg/emulator';
import { expect, test } from 'vitest';
import { resolveConnection } from '../../src/index.ts';
import { reachServer } from '../../src/open/reach-server.ts';
import { trustAnchorFile } from '../../src/other-programs/trust-anchor-file.ts';

test('of a bundle, the one root that counts, in a file that is its owner’s', async () => {
  const emulator = await startEmulator({ pooler: false });
  const others = await Promise.all(['one', 'two'].map((name) => createCertificateAuthority(name)));
  const bundle = [others[0]?.pem, emulator.ca.pem, others[1]?.pem].join('\n');
  const connection = resolveConnection(emulator.url, { sslrootcert: bundle });
  const transport = await reachServer(connection);
  try {
    const file = String(trustAnchorFile(connection, transport, 'process'));
    expect(readFileSync(file, 'utf8').trim()).toBe(emulator.ca.pem.trim());
    // Windows has no such modes.
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).toBe(0);
    const foreign = resolveConnection(emulator.url, { sslrootcert: String(others[0]?.pem) });
    expect(trustAnchorFile(foreign, transport, 'process')).toBeUndefined();
    const root = new X509Certificate(emulator.ca.pem);
    expect(trustAnchorFile(foreign, { certificate: root }, 'process')).toBeUndefined();
    expect(trustAnchorFile(connection, { certificate: undefined }, 'process')).toBeUndefined();
    // What lasts is the user's: a file with that root alone, not one of several.
    const own = resolveConnection(emulator.url);
    expect(trustAnchorFile(own, transport, 'lasting')).toBe(emulator.ca.file);
    expect(() => trustAnchorFile(connection, transport, 'lasting')).toThrow(/root certificate .* alone/);
  } finally {
    transport.socket.destroy();
    await emulator.stop();
  }
});
