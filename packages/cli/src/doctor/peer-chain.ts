import { once } from 'node:events';
import { connect } from 'node:net';
import tls, { type DetailedPeerCertificate } from 'node:tls';
import type { AzureConnection } from '@azure-pg/core';
import { rootsOf } from '@azure-pg/core/tooling';

/** SSLRequest: https://www.postgresql.org/docs/18/protocol-message-formats.html */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** What a server showed in a handshake that verified nothing and in which nothing else was said. */
export interface SeenTls {
  readonly version: string;
  readonly cipher: string;
  /** From the server's own certificate to the root, as far as it is known. */
  readonly chain: readonly DetailedPeerCertificate[];
}

/** Shakes hands once more, to look at what the server shows. Rejects where that fails. */
export async function lookAtTls(
  connection: AzureConnection,
  address: string,
  signal: AbortSignal,
): Promise<SeenTls> {
  const host = connection.hosts[0];
  const name = connection.tls.serverName ?? host?.host ?? '';
  const direct = connection.tls.negotiation === 'direct';
  const socket = connect({ host: address, port: host?.port ?? 0, signal });
  try {
    await once(socket, 'connect', { signal });
    if (!direct) {
      socket.write(sslRequest);
      const [answer] = (await once(socket, 'data', { signal })) as [Buffer];
      if (answer.toString('latin1') !== 'S') throw new Error('no TLS');
    }
    const secure = tls.connect({
      socket,
      ca: [...rootsOf(connection.tls, connection.endpoint.cloud).pem],
      // Nothing is sent on it; this only looks.
      rejectUnauthorized: false,
      ...(direct ? { ALPNProtocols: ['postgresql'] } : {}),
      ...(/^[\w.-]*[a-z][\w.-]*$/i.test(name) ? { servername: name } : {}),
    });
    await once(secure, 'secureConnect', { signal });
    return {
      version: secure.getProtocol() ?? 'TLS',
      cipher: secure.getCipher().name,
      chain: chainOf(secure.getPeerCertificate(true)),
    };
  } finally {
    socket.destroy();
  }
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
