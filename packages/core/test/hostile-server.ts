import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';

/** What a server that means harm does with one connection. */
export type Behaviour = (peer: Peer) => void | Promise<void>;

/** One connection of a hostile server: everything that arrives is kept, in the clear and out of TLS. */
export class Peer {
  socket: Socket;
  readonly #received: Buffer[];
  #unread: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  constructor(socket: Socket, received: Buffer[]) {
    this.#received = received;
    this.socket = socket;
    this.#listen(socket);
  }

  #listen(socket: Socket): void {
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#unread = Buffer.concat([this.#unread, chunk]);
      this.#wake?.();
    });
    socket.on('close', () => this.#wake?.());
  }

  /** Waits for so many bytes; never resolves when the client has gone. */
  async read(count: number): Promise<Buffer> {
    while (this.#unread.length < count) {
      if (this.socket.destroyed) return new Promise(() => {});
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#unread.subarray(0, count);
    this.#unread = this.#unread.subarray(count);
    return bytes;
  }

  /** The SSLRequest. */
  async sslRequest(): Promise<void> {
    await this.read(8);
  }

  /** Says "S" and makes the handshake. */
  async secure(certificate: { cert: string; key: string }, alpn: string[] = []): Promise<void> {
    await this.sslRequest();
    this.socket.write('S');
    await this.handshake(certificate, alpn);
  }

  async handshake({ cert, key }: { cert: string; key: string }, alpn: string[] = []): Promise<void> {
    this.socket.removeAllListeners('data');
    const secure = new tls.TLSSocket(this.socket, {
      isServer: true,
      cert,
      key,
      ...(alpn.length > 0 ? { ALPNProtocols: alpn } : {}),
    });
    this.socket = secure;
    this.#listen(secure);
    await new Promise<void>((resolve) => secure.once('secure', () => resolve()));
  }

  /** The StartupMessage. */
  async startup(): Promise<void> {
    const length = (await this.read(4)).readUInt32BE(0);
    await this.read(length - 4);
  }

  /** One message: its contents. */
  async message(): Promise<Buffer> {
    const head = await this.read(5);
    return this.read(head.readUInt32BE(1) - 4);
  }

  send(type: string, ...parts: (string | Buffer | number)[]): void {
    const body = Buffer.concat(
      parts.map((part) => {
        if (typeof part !== 'number') return Buffer.from(part);
        const bytes = Buffer.alloc(4);
        bytes.writeInt32BE(part);
        return bytes;
      }),
    );
    const head = Buffer.alloc(5);
    head.write(type, 'latin1');
    head.writeUInt32BE(body.length + 4, 1);
    this.socket.write(Buffer.concat([head, body]));
  }
}

export class HostileServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #received: Buffer[];
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, received: Buffer[], sockets: Set<Socket>) {
    this.#server = server;
    this.#received = received;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(behaviour: Behaviour): Promise<HostileServer> {
    const received: Buffer[] = [];
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      void behaviour(new Peer(socket, received));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new HostileServer(server, received, sockets);
  }

  /** Everything that any client said. */
  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  /** Resolves when no client is connected any more. */
  async deserted(): Promise<void> {
    while (this.#sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
