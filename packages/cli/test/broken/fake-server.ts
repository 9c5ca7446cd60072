import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';

/** What is wrong with a server that no real PostgreSQL can be made to show. */
export type Fault =
  /** Takes connections and never says a word. */
  | 'silent'
  /** Takes connections and ends them. */
  | 'closes'
  /** Answers as a web server. */
  | 'http'
  /** "N" to the request for TLS. */
  | 'plaintext'
  /** A handshake with these settings, and silence after it. */
  | SecureContextOptions;

export interface FakeServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startFakeServer(fault: Fault): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    if (fault === 'closes') socket.once('data', () => socket.end());
    else if (fault !== 'silent') socket.once('data', () => answer(socket, fault));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function answer(socket: Socket, fault: Exclude<Fault, 'silent' | 'closes'>): void {
  if (fault === 'http') socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  else if (fault === 'plaintext') socket.write('N');
  else {
    socket.write('S');
    const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(fault) });
    secure.on('error', () => {});
  }
}
