import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { AzurePgError, resolveConnection } from '@azure-pg/core';
import { createCertificateAuthority } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { azureRoots } from '../../src/azure/roots.ts';
import { translateSslOption } from '../../src/settings/adapters/ssl-option.ts';
import { tlsAttempts } from '../../src/tls/attempts.ts';
import { readPem } from '../../src/tls/certificate-file.ts';
import { rootsOf, systemRoots } from '../../src/tls/roots.ts';
import { secureContext } from '../../src/tls/secure-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'azure-pg-roots-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
let first: string;
let second: string;
beforeAll(async () => {
  first = (await createCertificateAuthority('First')).pem.trim();
  second = (await createCertificateAuthority('Second')).pem.trim();
});
afterAll(() => rmSync(folder, { recursive: true }));

const rootsFor = (settings: object): readonly string[] => {
  const connection = resolveConnection(
    { host: 'localhost', sslmode: 'verify-full', ...settings },
    undefined,
    {},
  );
  return rootsOf(connection.tls, undefined).pem.map((pem) => pem.trim());
};

describe('whom a connection trusts', () => {
  it('nothing said: Node.js, the operating system and Azure together, none of them twice', () => {
    const roots = rootsFor({});
    expect(new Set(roots).size).toBe(roots.length);
    for (const { pem } of azureRoots(undefined)) expect(roots).toContain(pem.trim());
    for (const pem of tls.rootCertificates) expect(roots).toContain(pem.trim());
    for (const pem of systemRoots()) expect(roots).toContain(pem);
  });

  it('a file, a folder, inline PEM or several at once are trusted alone', () => {
    const one = file('one.pem', `some text before\n${first}\n`);
    expect(rootsFor({ sslrootcert: one })).toEqual([first]);
    expect(rootsFor({ sslrootcert: first })).toEqual([first]);
    const inside = join(folder, 'inside');
    mkdirSync(inside);
    writeFileSync(join(inside, 'a.pem'), first);
    writeFileSync(join(inside, 'b.crt'), `${first}\n${second}`);
    writeFileSync(join(inside, 'README'), 'nothing');
    expect([...rootsFor({ sslrootcert: inside })].sort()).toEqual([first, second].sort());
    expect(rootsFor({ sslrootcert: `${one}\n${second}` })).toEqual([first, second]);
    expect(rootsFor({ sslrootcert: `${first}\n${second}` })).toEqual([first, second]);
  });

  it('trust=azure trusts nobody but Azure, sslrootcert=system nobody but the system', () => {
    expect(rootsFor({ trust: 'azure' })).toEqual(azureRoots(undefined).map(({ pem }) => pem.trim()));
    expect(rootsFor({ sslrootcert: 'system' })).toEqual([...systemRoots()]);
  });
});

const header = 'Bag Attributes\n    friendlyName: Root\nsubject=CN=First\nissuer=CN=First\n';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const lines76 = (text: string): string => (text.match(/.{1,76}/g) ?? []).join('\n');
/** What people paste, mount and set for two roots. */
const forms: readonly [what: string, make: (one: string, two: string) => unknown][] = [
  ['with comment lines', (one, two) => `# Root\n${one}\n\n# Another\n${two}\n# end`],
  [
    'as openssl x509 -text writes it',
    (one, two) => `Certificate:\n    Data:\n        Version: 3 (0x2)\n${one}\n${two}`,
  ],
  ['as openssl pkcs12 writes it', (one, two) => `${header}${one}\n${header}${two}`],
  ['with a byte order mark', (one, two) => `\uFEFF${one}\n${two}`],
  [
    'with the header of curl’s bundle',
    (one, two) =>
      `##\n## Bundle of CA Root Certificates\n## https://hg.mozilla.org/releases/certdata.txt\n##\n\nFirst\n=====\n${one}\n\nSecond\n======\n${two}\n`,
  ],
  ['with Windows line ends', (one, two) => `${one}\n${two}`.replaceAll('\n', '\r\n')],
  ['indented', (one, two) => `${one}\n${two}`.replaceAll(/^/gm, '    ')],
  ['one line after the other without a break', (one, two) => `${one}${two}`],
  ['with line breaks as two characters', (one, two) => `${one}\n${two}\n`.replaceAll('\n', '\\n')],
  ['with those of Windows as four', (one, two) => `${one}\n${two}\n`.replaceAll('\n', '\\r\\n')],
  ['with blanks for line breaks', (one, two) => `${one}\n${two}`.replaceAll('\n', ' ')],
  ['in base64', (one, two) => base64(`${one}\n${two}`)],
  ['in base64 of several lines', (one, two) => lines76(base64(`# Roots\n${one}\n${two}`))],
  ['as bytes', (one, two) => Buffer.from(`# Root\n${one}\n${two}`)],
  ['as a list of bytes and texts', (one, two) => [Buffer.from(`# Root\n${one}`), `${header}${two}`]],
];

describe.each(forms)('PEM %s', (_, make) => {
  it('is read as sslrootcert, in the environment and as a driver’s ca', () => {
    const value = make(first, second);
    const both = [first, second];
    expect(rootsFor({ sslrootcert: value })).toEqual(both);
    const { settings } = translateSslOption({ ca: value }, undefined);
    expect(rootsFor(settings)).toEqual(both);
    if (typeof value !== 'string') return;
    const text = resolveConnection('postgresql://localhost', undefined, { PGSSLROOTCERT: value });
    expect(rootsOf(text.tls, undefined).pem.map((pem) => pem.trim())).toEqual(both);
  });
});

it('a key is found in the same forms, and hidden', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAtZ\n-----END PRIVATE KEY-----\n';
  for (const sslkey of [
    base64(`# mine\n${key}${'#'.repeat(40)}`),
    key.replaceAll('\n', '\\n'),
    `Bag Attributes\n${key}`,
  ]) {
    const { tls } = resolveConnection('postgresql://localhost', { sslkey }, {});
    expect(tls.key).toBe(key);
    expect(JSON.stringify(tls)).not.toContain('MC4CAQ');
  }
});

it('what is neither PEM nor the name of a file is not quoted', () => {
  const { tls } = resolveConnection('postgresql://localhost', { sslkey: 'MC4CAQ'.repeat(50) }, {});
  expect(() => readPem('sslkey', tls.key ?? '', 'key')).toThrow(
    /^The value \(from sslkey\) is neither PEM text nor the name of a file$/,
  );
  expect(() => rootsFor({ sslrootcert: Buffer.from([0x30, 0x82, 1]) })).toThrow(
    /"sslrootcert".* not PEM text/,
  );
});

it('a certificate beside names, and a private key among roots, stay what they are', () => {
  const one = file('beside.pem', first);
  expect(rootsFor({ sslrootcert: [one, `# Root\n${second}`] })).toEqual([first, second]);
  expect(rootsFor({ sslrootcert: `system\n# Root\n${second}` })).toEqual([...systemRoots(), second]);
  const key = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----';
  expect(() => rootsFor({ sslrootcert: base64(`${first}\n${key}`) })).toThrow(/it holds a private key/);
});

describe('a certificate file that cannot be used is named with its setting', () => {
  it.each<[what: string, write: () => string, message: RegExp]>([
    ['missing', () => join(folder, 'missing.pem'), /missing\.pem" \(from sslrootcert\) does not exist/],
    ['empty', () => file('empty.pem', '\n'), /empty\.pem" \(from sslrootcert\) is empty/],
    [
      'not PEM',
      () => file('der.pem', '\x30\x82\x01'),
      /der\.pem" \(from sslrootcert\) contains no PEM certificate/,
    ],
    [
      'a key',
      () => file('key.pem', '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----'),
      /contains no PEM certificate/,
    ],
    [
      'cut off in its second certificate',
      () => file('cut.pem', `${first}\n${second.slice(0, 200)}`),
      /cut\.pem" \(from sslrootcert\) contains a damaged certificate/,
    ],
    [
      'an empty folder',
      () => {
        mkdirSync(join(folder, 'hollow'));
        return join(folder, 'hollow');
      },
      /hollow" \(from sslrootcert\) has no file with a PEM certificate/,
    ],
  ])('%s', (_, write, message) => {
    const path = write();
    const error = thrown(() => rootsFor({ sslrootcert: path }));
    expect(error).toBeInstanceOf(AzurePgError);
    expect(error).toMatchObject({ code: 'CERTIFICATE_FILE', message: expect.stringMatching(message) });
    expect(error.hint).toBeTruthy();
  });

  it('so is a text that was cut off', () => {
    const sslrootcert = `${first}\n${second.slice(0, 200)}`;
    expect(thrown(() => rootsFor({ sslrootcert }))).toMatchObject({
      code: 'CERTIFICATE_FILE',
      message: 'the text given (from sslrootcert) contains a damaged certificate',
    });
  });

  it('PEM that OpenSSL cannot read is an error too, not a crash', () => {
    const broken = file('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    expect(thrown(() => contextFor({ sslrootcert: broken }))).toMatchObject({ code: 'CERTIFICATE_FILE' });
  });
});

describe('files are read once, and again when they change', () => {
  it('a replaced root file is used by the next connection', () => {
    const path = file('changing.pem', first);
    const before = readPem('sslrootcert', path, 'certificate');
    expect(readPem('sslrootcert', path, 'certificate')).toBe(before);
    expect(contextFor({ sslrootcert: path })).toBe(contextFor({ sslrootcert: path }));
    const context = contextFor({ sslrootcert: path });
    writeFileSync(`${path}.new`, second);
    renameSync(`${path}.new`, path);
    expect(readPem('sslrootcert', path, 'certificate').pem).toEqual([second]);
    expect(contextFor({ sslrootcert: path })).not.toBe(context);
  });

  it('so is one that was written over, by its time alone', () => {
    const path = file('touched.pem', first);
    const before = readPem('sslrootcert', path, 'certificate');
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    expect(readPem('sslrootcert', path, 'certificate')).not.toBe(before);
  });
});

function contextFor(settings: object): tls.SecureContext {
  const connection = resolveConnection(
    { host: 'localhost', sslmode: 'verify-full', ...settings },
    undefined,
    {},
  );
  const [attempt] = tlsAttempts(connection.tls, false);
  const [host] = connection.hosts;
  if (attempt === undefined || host === undefined) throw new Error('no attempt');
  return secureContext(connection, host, attempt).context;
}

function thrown(work: () => unknown): AzurePgError {
  try {
    work();
  } catch (error) {
    return error as AzurePgError;
  }
  throw new Error('It did not throw');
}
