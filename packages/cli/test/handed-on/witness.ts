import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type PeerCertificate, type SecureVersion, TLSSocket } from 'node:tls';
import type { IssuedCertificate } from '@azure-pg/emulator';

/** How the password came. */
export interface Heard {
  /** Undefined: in plaintext. */
  readonly version: string | undefined;
  /** TLS came first, unasked for. */
  readonly direct: boolean;
  /** The name that was sent in the handshake. */
  readonly sni: string | undefined;
  /** The common name of the client's certificate. */
  readonly client: string | undefined;
}

export interface WitnessOptions {
  /** Undefined: it speaks no TLS. */
  readonly certificate: IssuedCertificate | undefined;
  readonly maxVersion?: SecureVersion;
  readonly address?: string;
  readonly port?: number;
}

/** A server that wants a client's password in cleartext, and notes how it came. */
export interface Witness extends AsyncDisposable {
  readonly port: number;
  readonly heard: readonly Heard[];
}

export const canary = 'canary-0123456789';
const sslRequest = 80_877_103;
const gssEncRequest = 80_877_104;

/** TLS reads from a socket's handle, where nothing can be put back: from another stream it reads what there is. */
function withFirst(socket: Socket, first: Buffer): Duplex {
  socket.unshift(first);
  return Duplex.from({ readable: socket, writable: socket });
}

export async function startWitness(options: WitnessOptions): Promise<Witness> {
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    const { certificate } = options;
    const begin = (first: Buffer): void => {
      const code = first.length >= 8 ? first.readUInt32BE(4) : 0;
      const direct = first[0] === 0x16;
      if (code === gssEncRequest || (code === sslRequest && certificate === undefined)) {
        socket.once('data', begin);
        socket.write('N');
      } else if (certificate !== undefined && (direct || code === sslRequest)) {
        if (!direct) socket.write('S');
        secure(direct ? withFirst(socket, first) : socket, certificate, direct);
      } else if (!direct) {
        askForPassword(socket, { version: undefined, direct, sni: undefined, client: undefined });
      } else socket.destroy();
    };
    socket.once('data', begin);
  });
  const secure = (socket: Duplex, { cert, key }: IssuedCertificate, direct: boolean): void => {
    const { maxVersion } = options;
    const tls = new TLSSocket(socket as Socket, {
      isServer: true,
      cert,
      key,
      ...(maxVersion === undefined ? {} : { maxVersion }),
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['postgresql'],
    });
    tls.on('error', () => {});
    tls.once('secure', () => {
      const { servername } = tls as TLSSocket & { servername?: string | false };
      const { subject } = tls.getPeerCertificate() as Partial<PeerCertificate>;
      // The StartupMessage.
      tls.once('data', () =>
        askForPassword(tls, {
          version: tls.getProtocol() ?? undefined,
          direct,
          sni: servername || undefined,
          client: subject === undefined ? undefined : String(subject.CN),
        }),
      );
    });
  };
  const askForPassword = (socket: Socket, how: Heard): void => {
    socket.once('data', (message) => {
      if (message.includes(canary)) heard.push(how);
      socket.destroy();
    });
    // AuthenticationCleartextPassword.
    socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.address ?? '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
