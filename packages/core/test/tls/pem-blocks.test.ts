import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type PemKind, pemBlocks } from '../../src/tls/pem-blocks.ts';

const label = fc.constantFrom('CERTIFICATE', 'X509 CERTIFICATE', 'X509 CRL', 'EC PRIVATE KEY', 'PRIVATE KEY');
const piece = fc.oneof(
  label.map((name) => `-----BEGIN ${name}-----\n`),
  label.map((name) => `-----END ${name}-----\n`),
  fc.constantFrom('MIIB\n', '\n', '-----', '-----BEGIN ', 'a comment\n'),
);

/** The same by a pattern: right, and quadratic. */
const byPattern: Record<PemKind, RegExp> = {
  certificate: /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[\s\S]*?-----END \1-----/g,
  key: /-----BEGIN ((?:ENCRYPTED |RSA |EC |DSA )?PRIVATE KEY)-----[\s\S]*?-----END \1-----/g,
  'revocation list': /-----BEGIN (X509 CRL)-----[\s\S]*?-----END \1-----/g,
};

describe('PEM blocks', () => {
  it.each(Object.keys(byPattern) as PemKind[])('of kind %s: what a pattern finds, in any text', (kind) => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        expect(pemBlocks(text, kind)).toEqual(text.match(byPattern[kind]) ?? []);
      }),
      { numRuns: 2000 },
    );
  });

  it('a text full of beginnings is searched once for an end, not once for each', () => {
    const text = '-----BEGIN CERTIFICATE-----\n'.repeat(5000);
    const search = vi.spyOn(String.prototype, 'indexOf');
    try {
      expect(pemBlocks(text, 'certificate')).toEqual([]);
      expect(search.mock.calls.filter(([wanted]) => wanted === '-----END CERTIFICATE-----')).toHaveLength(1);
    } finally {
      search.mockRestore();
    }
  });
});
