import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { type ListenAddress, listen } from '../machine/free-port.ts';
import type { IssuedCertificate } from '../tls/certificate-authority.ts';
import { type Accepted, acceptClient } from './accept-client.ts';
import type { OpenBackend } from './backend.ts';
import {
  askForCleartextPassword,
  fatal,
  passwordMessage,
  type Refusal,
  type Startup,
  startupMessage,
} from './messages.ts';
import { readExactly } from './read-exactly.ts';

/** How passwords that are too long for PgBouncer reach the server that refuses them. */
export interface LongPasswords {
  /** Bytes that still pass. */
  readonly limit: number;
  /** A database name for which the server asks for a password. */
  readonly database: string;
}

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly port: number;
  readonly listen: ListenAddress;
  readonly certificate: IssuedCertificate;
  readonly openBackend: OpenBackend;
  /** Whether the token lets the client in as the role; gives the refusal when not. */
  readonly authenticate: (token: string, role: string) => Promise<Refusal | undefined>;
  /** What a client without TLS gets. */
  readonly plaintextRefusal: (startup: Startup, address: string) => Refusal;
  /** Whether TLS may start without SSLRequest: PostgreSQL takes that since 17, PgBouncer does not. */
  readonly directTls: boolean;
  readonly longPasswords?: LongPasswords;
  /** Milliseconds for everything up to the sign-in. */
  readonly authenticationTimeout: number;
}

/** A front that asks for an Entra token as a cleartext password, checks it, and hands the connection to a real server. */
export class Gateway {
  readonly port: number;
  readonly #options: GatewayOptions;
  readonly #secureContext: SecureContext;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.port = options.port;
    this.#secureContext = createSecureContext({ ...options.certificate, minVersion: 'TLSv1.2' });
  }

  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) =>
      this.#serve(socket),
    );
    await listen(server, this.port, this.#options.listen);
    server.on('error', () => {});
    this.#server = server;
  }

  /** Stops listening. Sessions stay for as long as both of their ends do, unless `sessions` says to break them. */
  async close(sessions: 'keep' | 'break' = 'break'): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    if (sessions === 'keep') return;
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Whatever goes wrong on a socket also closes it, and that is what is watched.
    socket.on('error', () => {});
    const state: { stream: Socket } = { stream: socket };
    const timer = setTimeout(() => {
      const refusal = { sqlState: '57014', message: 'canceling authentication due to timeout' };
      state.stream.end(fatal(refusal), () => socket.destroy());
    }, this.#options.authenticationTimeout).unref();
    this.#signIn(socket, state)
      .catch(() => socket.destroy())
      .finally(() => clearTimeout(timer));
  }

  async #signIn(socket: Socket, state: { stream: Socket }): Promise<void> {
    const client = await acceptClient(socket, this.#secureContext, this.#options.directTls);
    if (client === undefined) return;
    state.stream = client.stream;
    if (client.kind === 'cancel') {
      const backend = await this.#options.openBackend(undefined);
      backend.write(client.packet);
      join(client.stream, backend);
      return;
    }
    await this.#session(client, socket.remoteAddress ?? '127.0.0.1');
  }

  async #session(client: Accepted & { kind: 'session' }, address: string): Promise<void> {
    const { stream, tls, startup } = client;
    const { authenticate, plaintextRefusal, openBackend, longPasswords } = this.#options;
    const refuse = (refusal: Refusal): void => {
      stream.end(fatal(refusal));
      stream.resume();
      // A client that does not close its side must not stay forever.
      setTimeout(() => stream.destroy(), 1000).unref();
    };
    if (startup.user === '') {
      const message = 'no PostgreSQL user name specified in startup packet';
      return refuse({ sqlState: '28000', message });
    }
    if (tls === undefined) return refuse(plaintextRefusal(startup, address));

    // Only the server knows what it makes of a newer protocol or an extension, and it must say so before it asks for a password.
    const early = needsNegotiation(startup) ? await negotiated(stream, tls, startup, openBackend) : undefined;
    try {
      stream.write(askForCleartextPassword);
      const password = await readPassword(stream);
      if (typeof password === 'number') {
        const message = `expected password response, got message type ${password}`;
        return refuse({ sqlState: '08P01', message });
      }
      if (longPasswords !== undefined && password.length > longPasswords.limit) {
        early?.destroy();
        return await this.#refusedByServer(stream, tls, startup, password, longPasswords);
      }
      if (password.length === 0) {
        return refuse({ sqlState: '28P01', message: 'empty password returned by client' });
      }
      const refusal = await authenticate(password.toString('utf8'), startup.user);
      if (refusal !== undefined) return refuse(refusal);
    } catch (error) {
      early?.destroy();
      throw error;
    } finally {
      if (stream.writableEnded) early?.destroy();
    }
    const backend = early ?? (await openBackend(tls));
    if (early === undefined) backend.write(startup.packet);
    join(stream, backend);
  }

  /** Lets the real server read a password that is too long for it, and passes on what it says. */
  async #refusedByServer(
    stream: Socket,
    tls: TLSSocket,
    startup: Startup,
    password: Buffer,
    { database }: LongPasswords,
  ): Promise<void> {
    const backend = await this.#options.openBackend(tls);
    backend.write(
      startupMessage([
        ['user', startup.user],
        ['database', database],
      ]),
    );
    await readExactly(backend, askForCleartextPassword.length);
    backend.write(passwordMessage(password));
    join(stream, backend);
  }
}

const needsNegotiation = (startup: Startup): boolean =>
  startup.minorVersion > 0 || [...startup.parameters.keys()].some((name) => name.startsWith('_pq_.'));

/** Opens the server's side first and passes on its NegotiateProtocolVersion, if it sends one; the rest waits for the sign-in. */
async function negotiated(
  stream: Socket,
  tls: TLSSocket,
  startup: Startup,
  openBackend: OpenBackend,
): Promise<Socket> {
  const backend = await openBackend(tls);
  backend.write(startup.packet);
  const head = await readExactly(backend, 5);
  if (head[0] === 'v'.charCodeAt(0)) {
    const body = await readExactly(backend, head.readUInt32BE(1) - 4);
    stream.write(Buffer.concat([head, body]));
  } else {
    backend.unshift(head);
  }
  return backend;
}

/** The client's PasswordMessage without its closing zero; when it sent something else, that message's type. */
async function readPassword(stream: Socket): Promise<Buffer | number> {
  const head = await readExactly(stream, 5);
  const length = head.readUInt32BE(1) - 4;
  // PostgreSQL's PG_MAX_AUTH_TOKEN_LENGTH.
  if (head[0] !== 'p'.charCodeAt(0) || length < 1 || length > 65_535) return head[0] ?? 0;
  const body = await readExactly(stream, length);
  return body.subarray(0, body.indexOf(0) === -1 ? length : body.indexOf(0));
}

/** Pipes both ways until either side is done; what one side has said before it went reaches the other. */
function join(client: Socket, backend: Socket): void {
  client.pipe(backend);
  backend.pipe(client);
  client.once('close', () => backend.destroySoon());
  backend.once('close', () => client.destroySoon());
  // It may have gone while its token was checked and the server's side was opened.
  if (client.destroyed) backend.destroySoon();
}
