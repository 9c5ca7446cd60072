import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { Transport } from '@azure-pg/core/tooling';

/** What a server showed in its handshake. */
export interface SeenTls {
  readonly version: string;
  readonly cipher: string;
  /** From the server's own certificate to the root, as far as it is known. */
  readonly chain: readonly DetailedPeerCertificate[];
}

/** What the handshake of an open transport showed; undefined where there was none. */
export function seenTls({ socket }: Transport): SeenTls | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  return {
    version: socket.getProtocol() ?? 'TLS',
    cipher: socket.getCipher().name,
    chain: chainOf(socket.getPeerCertificate(true)),
  };
}

/** A root is its own issuer, and a server may send certificates in a circle. */
function chainOf(leaf: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  const seen = new Set<string>();
  for (
    let next: DetailedPeerCertificate | undefined = leaf;
    next?.fingerprint256 !== undefined;
    next = next.issuerCertificate
  ) {
    if (seen.has(next.fingerprint256)) break;
    seen.add(next.fingerprint256);
    chain.push(next);
  }
  return chain;
}
