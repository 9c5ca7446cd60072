import { X509Certificate } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { createCertificateAuthority, type IssueOptions } from '../src/index.ts';

const hour = 3_600_000;

/** Whether Node's own verification (OpenSSL's) takes a certificate; gives its error code when not. */
async function verify(
  issue: IssueOptions,
  servername: string,
  authority: 'same' | 'other' = 'same',
): Promise<string> {
  const ca = await createCertificateAuthority();
  const trusted = authority === 'same' ? ca : await createCertificateAuthority();
  const server = createServer(await ca.issue(issue), (socket) => socket.end());
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    return await new Promise<string>((resolve) => {
      // An address goes as the host: it is no name for SNI.
      const socket = connect({
        port,
        host: '127.0.0.1',
        ca: trusted.pem,
        ...(servername !== '127.0.0.1' && { servername }),
      });
      socket.once('secureConnect', () => resolve('trusted'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.once('close', () => resolve('closed'));
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('certificates are what they were asked to be', () => {
  const name = 'local.postgres.database.azure.com';
  test.each<[string, IssueOptions, string, 'same' | 'other', string]>([
    ['a good one', { names: [name] }, name, 'same', 'trusted'],
    ['a wildcard', { names: ['*.postgres.database.azure.com'] }, name, 'same', 'trusted'],
    ['an address', { names: ['::1', '127.0.0.1'] }, '127.0.0.1', 'same', 'trusted'],
    ['RSA', { names: [name], rsa: true }, name, 'same', 'trusted'],
    ['another name', { names: ['other.example'] }, name, 'same', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'expired',
      { names: [name], notAfter: new Date(Date.now() - hour / 2) },
      name,
      'same',
      'CERT_HAS_EXPIRED',
    ],
    [
      'not yet valid',
      { names: [name], notBefore: new Date(Date.now() + hour) },
      name,
      'same',
      'CERT_NOT_YET_VALID',
    ],
    ['another authority', { names: [name] }, name, 'other', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['self-signed', { names: [name], selfSigned: true }, name, 'same', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['common name alone', { names: [], commonName: name }, name, 'same', 'trusted'],
    [
      'valid beyond 2050',
      { names: [name], notAfter: new Date('2055-01-01T00:00:00Z') },
      name,
      'same',
      'trusted',
    ],
  ])('%s', async (_, issue, servername, authority, expected) => {
    expect(await verify(issue, servername, authority)).toBe(expected);
  });

  test('names and times can be read back', async () => {
    const ca = await createCertificateAuthority('Test authority');
    const notBefore = new Date('2020-02-29T12:34:56Z');
    const notAfter = new Date('2051-12-31T23:59:59Z');
    const { cert } = await ca.issue({
      names: ['a.example', '10.1.2.3', '2001:db8::7'],
      commonName: 'A, "b"=ü',
      notBefore,
      notAfter,
    });
    const read = new X509Certificate(cert);
    expect(read.subject).toBe('CN=A\\, \\"b\\"=ü');
    expect(read.issuer).toBe('CN=Test authority');
    expect(read.subjectAltName).toBe('DNS:a.example, IP Address:10.1.2.3, IP Address:2001:DB8:0:0:0:0:0:7');
    expect([new Date(read.validFrom), new Date(read.validTo)]).toEqual([notBefore, notAfter]);
    expect(read.verify(new X509Certificate(ca.pem).publicKey)).toBe(true);
    expect(new X509Certificate(ca.pem).ca).toBe(true);
    expect(read.ca).toBe(false);
  });
});
