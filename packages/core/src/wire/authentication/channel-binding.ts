import { createHash, type X509Certificate } from 'node:crypto';

/**
 * "tls-server-end-point" of RFC 5929: the server certificate's hash, by the hash of its own signature, but SHA-256 instead of MD5 and
 * SHA-1. undefined where the signature names no hash (Ed25519): PostgreSQL has no channel binding then either.
 */
export function serverEndPoint(certificate: X509Certificate): Buffer | undefined {
  const hash = signatureHash(certificate.raw);
  return hash === undefined ? undefined : createHash(hash).update(certificate.raw).digest();
}

// https://oidref.com/1.2.840.113549.1.1 and 1.2.840.10045.4
const hashes: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'sha256', // md5WithRSA
  '2a864886f70d010105': 'sha256', // sha1WithRSA
  '2a864886f70d01010e': 'sha224',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d0401': 'sha256', // ecdsa-with-SHA1
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2a8648ce380403': 'sha256', // dsa-with-SHA1
  '608648016503040301': 'sha224',
  '608648016503040302': 'sha256',
};
const rsaPss = '2a864886f70d01010a';
// The hashes that RSA-PSS names in its parameters.
const digests: Readonly<Record<string, string>> = {
  '2b0e03021a': 'sha256', // SHA-1
  '608648016503040204': 'sha224',
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
};

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, signature } (RFC 5280, 4.1). */
function signatureHash(der: Uint8Array): string | undefined {
  const certificate = element(der, 0);
  const body = element(der, certificate.start);
  const algorithm = element(der, body.end);
  const oid = element(der, algorithm.start);
  const name = hex(der, oid);
  if (name !== rsaPss) return hashes[name];
  if (oid.end >= algorithm.end) return 'sha256';
  // RSASSA-PSS-params ::= SEQUENCE { [0] { SEQUENCE { OID } } DEFAULT sha1, … } (RFC 4055, 3.1)
  const parameters = element(der, oid.end);
  if (parameters.end <= parameters.start || der[parameters.start] !== 0xa0) return 'sha256';
  const tagged = element(der, parameters.start);
  const digest = element(der, element(der, tagged.start).start);
  return digests[hex(der, digest)];
}

interface Element {
  /** Of the contents. */
  readonly start: number;
  readonly end: number;
}

/** The element at an offset. OpenSSL has parsed this certificate already, so it is well formed. */
function element(der: Uint8Array, offset: number): Element {
  const first = der[offset + 1] ?? 0;
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first };
  const bytes = first & 0x7f;
  let length = 0;
  for (let index = 0; index < bytes; index++) length = length * 256 + (der[offset + 2 + index] ?? 0);
  const start = offset + 2 + bytes;
  return { start, end: start + length };
}

const hex = (der: Uint8Array, { start, end }: Element): string =>
  Buffer.from(der.subarray(start, end)).toString('hex');
