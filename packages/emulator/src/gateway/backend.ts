import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { gatewayAddress } from '../postgres/postgres-server.ts';
import { knowsDirectTls } from '../postgres/versions.ts';
import type { IssuedCertificate } from '../tls/certificate-authority.ts';
import { sslRequest } from './messages.ts';

/** Opens a connection to the server behind a gateway; `client` is the connection that it is for, when there is one with TLS. */
export type OpenBackend = (client: TLSSocket | undefined) => Promise<Socket>;

/** A server's Unix socket, which only the emulator can reach and which asks for no password. */
export function unixSocketBackend(path: string): OpenBackend {
  return () => connected(connect({ path, allowHalfOpen: true }), 'connect');
}

/**
 * PostgreSQL's TLS port, with the very TLS version and cipher that the client has, so that `pg_stat_ssl` shows the client's connection.
 * PostgreSQL lets the gateway in as any role because of its client certificate and its address.
 */
export function tlsBackend(
  { port, version: serverVersion }: { readonly port: number; readonly version: string },
  authority: string,
  certificate: IssuedCertificate,
): OpenBackend {
  // Making one costs more than a whole handshake, and there are only a handful.
  const contexts = new Map<string, SecureContext>();
  const contextFor = (version: 'TLSv1.2' | 'TLSv1.3', ciphers: string | undefined): SecureContext => {
    const key = `${version} ${ciphers}`;
    const known = contexts.get(key);
    if (known !== undefined) return known;
    const made = createSecureContext({
      ca: authority,
      ...certificate,
      minVersion: version,
      maxVersion: version,
      ...(ciphers !== undefined && { ciphers }),
    });
    contexts.set(key, made);
    return made;
  };
  return async (client) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: gatewayAddress, allowHalfOpen: true });
    socket.setNoDelay(true);
    await connected(socket, 'connect');
    if (!knowsDirectTls(serverVersion)) await requestTls(socket);
    const version = client?.getProtocol() === 'TLSv1.2' ? 'TLSv1.2' : 'TLSv1.3';
    const secureContext = contextFor(version, client?.getCipher().name);
    const tls = connectTls({ socket, secureContext, servername: 'localhost', ALPNProtocols: ['postgresql'] });
    return connected(tls, 'secureConnect');
  };
}

/** The SSLRequest of versions that do not take TLS at once. */
async function requestTls(socket: Socket): Promise<void> {
  const request = Buffer.alloc(8);
  request.writeUInt32BE(request.length, 0);
  request.writeUInt32BE(sslRequest, 4);
  socket.write(request);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  if (answer.toString() !== 'S') throw new Error('The server has no TLS.');
}

function connected<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    const failed = (error?: Error): void => {
      socket.destroy();
      reject(error ?? new Error('The server closed the connection.'));
    };
    const closed = (): void => failed();
    socket.once('error', failed);
    socket.once('close', closed);
    socket.once(event, () => {
      socket.off('error', failed);
      socket.off('close', closed);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}
