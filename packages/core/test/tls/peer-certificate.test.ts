import { X509Certificate } from 'node:crypto';
import { type CertificateAuthority, createCertificateAuthority } from '@azure-pg/emulator';
import { beforeAll, describe, expect, it } from 'vitest';
import { asciiName, certificateIsFor, offeredNames } from '../../src/tls/peer-certificate.ts';

let ca: CertificateAuthority;
beforeAll(async () => {
  ca = await createCertificateAuthority();
});

const issue = async (names: string[], commonName?: string): Promise<X509Certificate> =>
  new X509Certificate((await ca.issue({ names, ...(commonName === undefined ? {} : { commonName }) })).cert);

describe('a certificate is for a host exactly where libpq 18 says so', () => {
  it.each<[names: string[], commonName: string | undefined, host: string, matches: boolean]>([
    [['db.example.com'], undefined, 'db.example.com', true],
    [['db.example.com'], undefined, 'DB.Example.COM', true],
    [['db.example.com'], undefined, 'db.example.com.', true],
    [['db.example.com'], undefined, 'xdb.example.com', false],
    [['db.example.com'], undefined, 'example.com', false],
    [['db.example.com'], undefined, '.example.com', false],
    [['db.example.com'], undefined, '', false],
    // One leftmost label, whole.
    [['*.example.com'], undefined, 'db.example.com', true],
    [['*.example.com'], undefined, 'a.db.example.com', false],
    [['*.example.com'], undefined, 'example.com', false],
    [['*.example.com'], undefined, '.example.com', false],
    [['d*.example.com'], undefined, 'db.example.com', false],
    [['db.*.com'], undefined, 'db.example.com', false],
    // The common name only where there is no DNS name.
    [[], 'db.example.com', 'db.example.com', true],
    [[], '*.example.com', 'db.example.com', true],
    [['other.example.com'], 'db.example.com', 'db.example.com', false],
    [['10.0.0.1'], 'db.example.com', 'db.example.com', true],
    // IP addresses.
    [['10.0.0.1'], undefined, '10.0.0.1', true],
    [['10.0.0.1'], undefined, '10.0.0.2', false],
    [['::1'], undefined, '::1', true],
    [['::1'], undefined, '0:0:0:0:0:0:0:1', true],
    [['10.0.0.1'], '10.0.0.2', '10.0.0.2', false],
    [[], '10.0.0.1', '10.0.0.1', true],
    [['db.example.com'], '10.0.0.1', '10.0.0.1', true],
    [['*.0.0.1'], undefined, '10.0.0.1', false],
    // International names are compared in their ASCII form.
    [['xn--bcher-kva.example'], undefined, 'bücher.example', true],
    [['xn--bcher-kva.example'], undefined, 'xn--bcher-kva.example', true],
    [['xn--bcher-kva.example'], undefined, 'bucher.example', false],
    // A zero byte ends nothing (CVE-2009-4034).
    [['db.example.com\0.evil.example'], undefined, 'db.example.com', false],
    [[], 'db.example.com\0.evil.example', 'db.example.com', false],
  ])('names %j, CN %j, host %j: %j', async (names, commonName, host, matches) => {
    expect(certificateIsFor(await issue(names, commonName), host)).toBe(matches);
  });
});

it('the names offered are shown without control characters and not by the hundred', async () => {
  const many = Array.from({ length: 15 }, (_, index) => `host${index}.example.com`);
  expect(offeredNames(await issue(many))).toHaveLength(11);
  expect(offeredNames(await issue(many)).at(-1)).toBe('and 5 more');
  expect(offeredNames(await issue(['a.example.com', '10.0.0.1']))).toEqual(['a.example.com', '10.0.0.1']);
  expect(offeredNames(await issue([], 'only-cn'))).toEqual(['only-cn']);
  for (const name of offeredNames(await issue([], 'a\u001b[31m.\u202e\u200bexample.com')))
    expect(name).toBe('a\\1B[31m.??example.com');
});

it('SNI and comparison have no dot at the end', () => {
  expect(asciiName('db.example.com.')).toBe('db.example.com');
});
