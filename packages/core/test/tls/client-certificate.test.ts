import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AzurePgError, resolveConnection } from '@azure-pg/core';
import { createCertificateAuthority } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tlsAttempts } from '../../src/tls/attempts.ts';
import { secureContext } from '../../src/tls/secure-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'azure-pg-client-certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pem = (key: KeyObject, type: 'pkcs8' | 'sec1' = 'pkcs8'): string =>
  key.export({ type, format: 'pem' }).toString();
const sealed = (key: KeyObject, passphrase: string, type: 'pkcs8' | 'sec1' = 'pkcs8'): string =>
  key.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let ca: Awaited<ReturnType<typeof createCertificateAuthority>>;
let certificate: string;
beforeAll(async () => {
  ca = await createCertificateAuthority();
  const request = { names: [], commonName: 'app', usage: 'client', key: pem(privateKey) } as const;
  certificate = (await ca.issue(request)).cert.trim();
});

/** Undefined where the settings are taken. */
function refusalOf(settings: object): AzurePgError | undefined {
  const connection = resolveConnection(
    { host: 'localhost', sslmode: 'verify-full', sslrootcert: ca.pem, sslcert: certificate, ...settings },
    undefined,
    {},
  );
  const [attempt] = tlsAttempts(connection.tls, false);
  const [host] = connection.hosts;
  if (attempt === undefined || host === undefined) throw new Error('no attempt');
  try {
    secureContext(connection, host, attempt);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(AzurePgError);
    expect(error).toMatchObject({ code: 'CERTIFICATE_FILE', hint: expect.any(String) });
    return error as AzurePgError;
  }
}

describe('a key and its passphrase', () => {
  it.each(['pkcs8', 'sec1'] as const)('fit together, encrypted as %s', (type) => {
    expect(refusalOf({ sslkey: sealed(privateKey, 'right', type), sslpassword: 'right' })).toBeUndefined();
    expect(refusalOf({ sslkey: pem(privateKey, type) })).toBeUndefined();
    expect(refusalOf({ sslkey: pem(privateKey, type), sslpassword: 'not needed' })).toBeUndefined();
  });

  // Of 256 wrong passphrases one leaves a padding that looks right, and OpenSSL then blames the content.
  it.each(['pkcs8', 'sec1'] as const)('any wrong passphrase is blamed itself, encrypted as %s', (type) => {
    const key = sealed(privateKey, 'canary-right', type);
    const codes = new Set<string>();
    for (let attempt = 0; attempt < 2000; attempt++) {
      const error = refusalOf({ sslkey: key, sslpassword: `canary-${attempt}` });
      const blamed = /^sslpassword does not open the key \(from sslkey; (?<code>\w+)\)$/.exec(
        error?.message ?? '',
      );
      if (blamed === null) throw error;
      codes.add(blamed.groups?.code ?? '');
      expect(`${error?.stack}${error?.hint}`).not.toContain('canary');
    }
    expect(codes.size).toBeGreaterThan(1);
  });

  it.each([{}, { sslpassword: '' }])('an encrypted key and %j: the passphrase is missing', (settings) => {
    expect(refusalOf({ sslkey: sealed(privateKey, 'right'), ...settings })?.message).toBe(
      'The key (from sslkey) is encrypted, and sslpassword is not set',
    );
  });
});

describe('what else can be wrong is blamed on what is wrong', () => {
  const file = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const damaged = (text: string): string => text.replace(/\n.{8}/, '\nAAAAAAAA');

  it.each<[what: string, settings: () => object, message: RegExp]>([
    [
      'the key of another certificate',
      () => ({ sslkey: pem(other) }),
      /^The key \(from sslkey\) is not the certificate’s$/,
    ],
    [
      'the authority first, then the certificate',
      () => ({ sslcert: `${ca.pem}\n${certificate}`, sslkey: pem(privateKey) }),
      /\(from sslkey\) is not the certificate’s/,
    ],
    [
      'a key of another kind',
      () => ({ sslkey: pem(generateKeyPairSync('x25519').privateKey) }),
      /\(from sslkey\) is not the certificate’s/,
    ],
    [
      'a damaged key',
      () => ({ sslkey: damaged(pem(privateKey)) }),
      /^OpenSSL cannot read the key \(from sslkey; /,
    ],
    [
      'a damaged key in the certificate’s file',
      () => ({ sslcert: file('both.damaged.pem', `${certificate}\n${damaged(pem(privateKey))}`) }),
      /^OpenSSL cannot read the key \(from sslcert; /,
    ],
    [
      'an encrypted key in the certificate’s file',
      () => ({ sslcert: file('both.sealed.pem', `${certificate}\n${sealed(privateKey, 'x')}`) }),
      /^The key \(from sslcert\) is encrypted/,
    ],
    ['no key in the certificate’s file', () => ({}), /\(from sslcert\) holds no PEM key/],
    [
      'a key in DER',
      () => ({ sslkey: file('key.der', privateKey.export({ type: 'pkcs8', format: 'der' })) }),
      /key\.der" \(from sslkey\) holds no PEM key/,
    ],
    [
      'a revocation list that is none',
      () => ({ sslkey: pem(privateKey), sslcrl: '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----' }),
      /^OpenSSL does not take the file of sslrootcert, sslcert or sslcrl /,
    ],
  ])('%s', (_, settings, message) => {
    expect(refusalOf(settings())?.message).toMatch(message);
  });

  it('and a hint says where a key belongs, and how DER becomes PEM', () => {
    expect(refusalOf({})?.hint).toBe(
      'Name the file of its key with sslkey, or put the key into the same file.',
    );
    expect(refusalOf({ sslkey: file('hint.der', 'x') })?.hint).toContain('openssl pkey -inform der');
    expect(refusalOf({ sslcert: file('hint.der', 'x') })?.hint).toContain('openssl x509 -inform der');
    expect(refusalOf({ sslkey: pem(privateKey), sslcrl: file('hint.der', 'x') })?.hint).toContain(
      'openssl crl -inform der',
    );
  });

  it('a certificate that OpenSSL finds too weak is not taken for a bad key', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey;
    const request = { names: [], commonName: 'app', usage: 'client', key: pem(weak) } as const;
    const { cert } = await ca.issue(request);
    expect(refusalOf({ sslcert: cert, sslkey: pem(weak) })?.message).toMatch(
      /^OpenSSL does not take the file of sslrootcert, sslcert or sslcrl \(ERR_SSL_EE_KEY_TOO_SMALL\)$/,
    );
  });
});

// Root's files may be read by their group, as libpq allows (fe-secure-openssl.c).
describe.skipIf(process.platform === 'win32')('a key file that others may use', () => {
  const asRoot = process.getuid?.() === 0;
  const file = join(folder, 'client.key');

  it.each([
    [0o600, true],
    [0o400, true],
    [0o640, asRoot],
    [0o660, false],
    [0o604, false],
    [0o644, false],
    [0o610, false],
    [0o777, false],
  ] as const)('of mode %o', (mode, taken) => {
    writeFileSync(file, pem(privateKey), { mode: 0o600 });
    expect(refusalOf({ sslkey: file })).toBeUndefined();
    // The file was read before: its mode counts each time.
    chmodSync(file, mode);
    const error = refusalOf({ sslkey: file });
    if (taken) expect(error).toBeUndefined();
    else {
      expect(error?.message).toBe(
        `"${file}" (from sslkey) holds a private key that others on this machine may use (mode 0${mode.toString(8)})`,
      );
      expect(error?.hint).toContain('chmod 600');
    }
    rmSync(file);
  });

  it('counts where the key stands in the file of the certificate, and where a link leads to it', () => {
    const both = join(folder, 'both.pem');
    writeFileSync(both, `${certificate}\n${pem(privateKey)}`, { mode: 0o644 });
    symlinkSync(both, join(folder, 'link.pem'));
    for (const sslcert of [both, join(folder, 'link.pem')]) {
      expect(refusalOf({ sslcert, sslkey: undefined })?.message).toContain(
        '(from sslcert) holds a private key',
      );
    }
    chmodSync(both, 0o600);
    expect(refusalOf({ sslcert: both, sslkey: undefined })).toBeUndefined();
  });
});
