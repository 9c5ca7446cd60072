import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { cancelRequest, fatal, gssEncRequest, parseStartup, type Startup, sslRequest } from './messages.ts';
import { readExactly } from './read-exactly.ts';

/** A client that has said what it wants. */
export type Accepted =
  | {
      readonly kind: 'session';
      readonly stream: Socket;
      readonly tls: TLSSocket | undefined;
      readonly startup: Startup;
    }
  | { readonly kind: 'cancel'; readonly stream: Socket; readonly packet: Buffer };

/** PostgreSQL's MAX_STARTUP_PACKET_LENGTH. */
const longestStartup = 10_000;
const tlsHandshake = 0x16;

/**
 * Everything before the sign-in: direct TLS, SSLRequest, GSSENCRequest, CancelRequest and StartupMessage, as PostgreSQL's
 * ProcessStartupPacket takes them. Gives undefined where it has refused the client.
 */
export async function acceptClient(
  socket: Socket,
  secureContext: SecureContext,
  takesDirectTls: boolean,
): Promise<Accepted | undefined> {
  let stream: Socket = socket;
  let tls: TLSSocket | undefined;
  const first = await readExactly(socket, 1);
  socket.unshift(first);
  if (first[0] === tlsHandshake && takesDirectTls) {
    tls = await startTls(socket, secureContext);
    // Without it PostgreSQL cannot tell the client from one of another protocol, and refuses it.
    if (tls.alpnProtocol !== 'postgresql') {
      tls.destroy();
      return undefined;
    }
    stream = tls;
  }
  for (;;) {
    const head = await readExactly(stream, 8);
    const length = head.readUInt32BE(0);
    const code = head.readUInt32BE(4);
    if (length < 8 || length > longestStartup) {
      stream.destroy();
      return undefined;
    }
    const packet = length === 8 ? head : Buffer.concat([head, await readExactly(stream, length - 8)]);
    if (code === cancelRequest) return { kind: 'cancel', stream, packet };
    if (code === gssEncRequest) {
      stream.write('N');
      continue;
    }
    if (code === sslRequest) {
      if (tls !== undefined) {
        stream.write('N');
        continue;
      }
      // Bytes that came before the handshake could have been put there by anyone (CVE-2021-23214).
      if (socket.readableLength > 0) {
        socket.end(fatal({ sqlState: '08P01', message: 'received unencrypted data after SSL request' }));
        return undefined;
      }
      socket.write('S');
      tls = await startTls(socket, secureContext);
      stream = tls;
      continue;
    }
    if (code >>> 16 !== 3) {
      const version = `${code >>> 16}.${code & 0xffff}`;
      const message = `unsupported frontend protocol ${version}: server supports 3.0 to 3.2`;
      stream.end(fatal({ sqlState: '0A000', message }));
      return undefined;
    }
    const startup = parseStartup(packet);
    if (startup === undefined) {
      stream.end(
        fatal({
          sqlState: '08P01',
          message: 'invalid startup packet layout: expected terminator as last byte',
        }),
      );
      return undefined;
    }
    return { kind: 'session', stream, tls, startup };
  }
}

/** The server's side of the handshake. */
function startTls(socket: Socket, secureContext: SecureContext): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const tls = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['postgresql'] });
    const failed = (): void => {
      socket.destroy();
      reject(new Error('The TLS handshake failed.'));
    };
    tls.once('error', failed);
    tls.once('close', failed);
    tls.once('secure', () => {
      tls.off('error', failed);
      tls.off('close', failed);
      // What goes wrong from now on reaches the stream's user as 'close'.
      tls.on('error', () => {});
      resolve(tls);
    });
  });
}
