/** What a PEM block is expected to hold. */
export type PemKind = 'certificate' | 'key' | 'revocation list';

/** The labels of RFC 7468 and those that OpenSSL reads besides. */
const labels: Readonly<Record<PemKind, readonly string[]>> = {
  certificate: ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'],
  key: ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'DSA PRIVATE KEY'],
  'revocation list': ['X509 CRL'],
};

const begin = '-----BEGIN ';
const longestLabel = 32;

/**
 * The PEM blocks of a kind in a text, each from its BEGIN line to the first END line with the same label. Takes time linear in the text
 * whatever it holds, which a pattern does not: files come from other people.
 */
export function pemBlocks(text: string, kind: PemKind): string[] {
  const found: string[] = [];
  // A label whose END was not found from one place on is not found from a later one.
  const open = new Set(labels[kind]);
  let from = text.indexOf(begin);
  while (from >= 0 && open.size > 0) {
    const block = blockAt(text, from, open);
    if (block !== undefined) found.push(block);
    from = text.indexOf(begin, from + (block?.length ?? begin.length));
  }
  return found;
}

/** Whether a text ends within a block of a kind: a file that was not copied to its end. */
export function isCutOff(text: string, kind: PemKind): boolean {
  return labels[kind].some(
    (label) => text.lastIndexOf(`${begin}${label}-----`) > text.lastIndexOf(`-----END ${label}-----`),
  );
}

function blockAt(text: string, from: number, open: Set<string>): string | undefined {
  const start = from + begin.length;
  const [label] = text.slice(start, start + longestLabel).split('-----', 1);
  if (label === undefined || !open.has(label)) return undefined;
  const last = `-----END ${label}-----`;
  const end = text.indexOf(last, start);
  if (end >= 0) return text.slice(from, end + last.length);
  open.delete(label);
  return undefined;
}
