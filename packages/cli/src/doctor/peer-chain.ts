import { X509Certificate } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { Transport } from '@azure-pg/core/tooling';

/** What a server showed in its handshake. */
export interface SeenTls {
  readonly version: string;
  readonly cipher: string;
  /** From the server's own certificate to the root, as far as it is known. */
  readonly chain: readonly X509Certificate[];
}

/**
 * What the handshake of an open transport showed; undefined where there was none.
 *
 * @param roots PEM, among which the issuer of the last certificate is looked for: servers seldom send it.
 */
export function seenTls({ socket, certificate }: Transport, roots: readonly string[]): SeenTls | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  return {
    version: socket.getProtocol() ?? 'TLS',
    cipher: socket.getCipher().name,
    chain: chainOf(certificate, roots),
  };
}

/** A root may be its own issuer, and a server may send certificates in a circle. */
function chainOf(leaf: X509Certificate | undefined, roots: readonly string[]): X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  for (let next = leaf; next !== undefined && !seen.has(next.fingerprint256); next = next.issuerCertificate) {
    seen.add(next.fingerprint256);
    chain.push(next);
  }
  const last = chain.at(-1);
  const root = last && roots.flatMap(readable).find((one) => last.checkIssued(one));
  return root === undefined || seen.has(root.fingerprint256) ? chain : [...chain, root];
}

/** What is no certificate has been told of where the roots were read. */
function readable(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}
