import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before a server on 127.0.0.1, that breaks connections, or holds them while they open. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that wait for `release`. */
  readonly held: number;
  /** From now on passes only so many bytes of the server's to a new connection: `bytes[0]` to the first, and so on round. */
  hold(bytes: readonly number[]): void;
  /** Passes everything on, also what was held. */
  release(): void;
  /** Breaks all connections: the client sees ECONNRESET. */
  reset(): void;
  /** Ends all connections: the client sees the end of the stream. */
  finish(): void;
  /** What is connected now gets no byte and no end any more, in either direction, until `reset` or `finish`. */
  silence(): void;
  /** Listens no longer: who connects is refused. What is connected stays so. */
  refuse(): void;
  /** Listens again. */
  accept(): Promise<void>;
  /** Leads new connections to another port. */
  retarget(port: number): void;
}

class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  #left: number;
  #silent = false;
  readonly #kept: Buffer[] = [];
  readonly ended: Promise<void>;

  constructor(client: Socket, port: number, allowed: number) {
    this.#client = client;
    this.#left = allowed;
    this.#server = connect(port, '127.0.0.1');
    for (const socket of [client, this.#server]) socket.setNoDelay().on('error', () => {});
    client.pipe(this.#server);
    this.#server.on('data', (data: Buffer) => {
      const now = data.subarray(0, this.#left);
      this.#left -= now.length;
      if (now.length > 0) client.write(now);
      if (now.length < data.length) this.#kept.push(data.subarray(now.length));
    });
    this.#server.on('close', () => {
      if (!this.#silent) client.destroySoon();
    });
    client.on('close', () => this.#server.destroy());
    // Not `once()`, which an error would reject.
    this.ended = new Promise((resolve) => client.on('close', () => resolve()));
  }

  get held(): boolean {
    return this.#left === 0;
  }

  release(): void {
    if (this.#silent) return;
    this.#left = Number.POSITIVE_INFINITY;
    for (const data of this.#kept.splice(0)) this.#client.write(data);
  }

  reset(): void {
    this.#client.resetAndDestroy();
  }

  finish(): void {
    this.#client.end();
    this.#server.destroy();
  }

  silence(): void {
    this.#silent = true;
    this.#client.unpipe(this.#server).pause();
    this.#left = 0;
  }
}

/**
 * Starts one before the port.
 *
 * @param at the port to listen on; 0: any.
 */
export async function faultProxy(port: number, at = 0): Promise<FaultProxy> {
  const connections = new Set<ProxiedConnection>();
  let allowances: readonly number[] | undefined;
  let taken = 0;
  let target = port;
  const server = createServer((client) => {
    const allowed = allowances?.[taken++ % allowances.length] ?? Number.POSITIVE_INFINITY;
    const connection = new ProxiedConnection(client, target, allowed);
    connections.add(connection);
    void connection.ended.then(() => connections.delete(connection));
  });
  const accept = async (on: number): Promise<void> => {
    server.listen(on, '127.0.0.1');
    await once(server, 'listening');
  };
  await accept(at);
  const own = (server.address() as AddressInfo).port;
  const all = (what: 'reset' | 'finish' | 'release' | 'silence'): void => {
    for (const connection of connections) connection[what]();
  };
  return {
    port: own,
    get held() {
      return [...connections].filter((connection) => connection.held).length;
    },
    hold(bytes) {
      allowances = bytes;
      taken = 0;
    },
    release() {
      allowances = undefined;
      all('release');
    },
    reset: () => all('reset'),
    finish: () => all('finish'),
    silence: () => all('silence'),
    refuse() {
      server.close();
    },
    accept: () => accept(own),
    retarget(other) {
      target = other;
    },
    async [Symbol.asyncDispose]() {
      all('reset');
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
