import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type AzureConnection, explainError, openConnection, resolveConnection } from '@azure-pg/core';
import { allowsNamedStatements, cancelByKey, effectivePooling } from '@azure-pg/core/tooling';
import { oneLine } from '../terminal.ts';
import { listenOnSocket } from './listen-on-socket.ts';
import { errorResponse, protocol30, startupMessage } from './messages.ts';
import { namedStatementWatch } from './named-statements.ts';
import { type ClientStart, readStartup } from './read-startup.ts';
import { socketPlace } from './socket-place.ts';

/** Where the proxy listens, and where it leads. */
export interface ProxyOptions {
  readonly url?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** Default: 127.0.0.1; with `socket` no address. */
  readonly host?: string | undefined;
  /** Default: any free one; with `socket` none. */
  readonly port?: number | undefined;
  /** A Unix socket that only this user can connect to: its folder, where the port is 5432, or its path, which ends in `.s.PGSQL.PORT`. */
  readonly socket?: string | undefined;
  readonly pooled?: boolean;
  /** Called for each connection that could not be opened, in one line without secrets. */
  readonly onRefusal?: (text: string) => void;
  /** Called once for a client that loses data by the way it uses the pooler. */
  readonly onWarning?: (text: string) => void;
}

/** A running proxy. */
export interface Proxy {
  /** An address; where there is only a socket, its folder, as clients name it. */
  readonly host: string;
  readonly port: number;
  /** The path of the Unix socket. */
  readonly socket: string | undefined;
  /** Connections that are open through it. */
  readonly connections: number;
  /** Takes no more connections, ends those that are open, and resolves when all are gone. */
  stop(): Promise<void>;
}

/** Milliseconds for a client to say what it wants. */
const startupLimit = 10_000;
/** Milliseconds that clients have to leave by themselves once the proxy stops. */
const stopLimit = 1_000;

/**
 * A local port or Unix socket to the server without a password: every client's connection is opened by the core, with verified TLS and a fresh token,
 * and then its bytes are passed on both ways as they are. The client's user and password do not matter: anyone who can connect is signed
 * in as the connection's role: to the port every user of the machine, to the socket this one. A query that a client cancels is cancelled
 * on the server.
 *
 * @throws AzurePgError for settings that cannot be used; CommandError for a socket's place that is not safe or not free; the system's error
 * where it cannot listen.
 */
export async function startProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const { host, port, socket } = options;
  const place = socket === undefined ? undefined : socketPlace(socket);
  const door = new Door(options);
  const servers: Server[] = [];
  const serve = (): Server => {
    const server = createServer({ noDelay: true, keepAlive: true }, (client) => door.take(client));
    servers.push(server);
    return server;
  };
  let listening: { readonly host: string; readonly port: number } | undefined = place && {
    host: place.folder,
    port: place.port,
  };
  let removeSocket = (): void => {};
  const closed = (): Promise<unknown> =>
    Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  try {
    if (place !== undefined) removeSocket = await listenOnSocket(serve(), place);
    if (listening === undefined || host !== undefined || port !== undefined)
      listening = await listenOnPort(serve(), host ?? '127.0.0.1', port ?? 0);
  } catch (error) {
    removeSocket();
    await closed();
    throw error;
  }
  for (const server of servers) server.on('error', () => {});
  return {
    host: listening.host,
    port: listening.port,
    socket: place?.path,
    get connections() {
      return door.sockets.size;
    },
    async stop() {
      removeSocket();
      const all = closed();
      await door.close();
      await all;
    },
  };
}

async function listenOnPort(
  server: Server,
  host: string,
  port: number,
): Promise<{ host: string; port: number }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 511 }, resolve);
  });
  const bound = server.address() as AddressInfo;
  return { host: bound.address, port: bound.port };
}

class Door {
  readonly sockets: Set<Socket> = new Set();
  readonly #options: ProxyOptions;
  readonly #connection: AzureConnection;
  readonly #byDatabase = new Map<string, AzureConnection>();
  readonly #closing = new AbortController();
  #warned = false;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#connection = this.#resolve(undefined);
  }

  take(client: Socket): void {
    this.sockets.add(client);
    client.once('close', () => this.sockets.delete(client));
    // Whatever goes wrong on a socket also closes it.
    client.on('error', () => {});
    void this.#serve(client).catch(() => client.destroy());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const socket of this.sockets) socket.destroySoon();
    const deadline = Date.now() + stopLimit;
    while (this.sockets.size > 0) {
      if (Date.now() > deadline) for (const socket of this.sockets) socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #serve(client: Socket): Promise<void> {
    const timer = setTimeout(() => client.destroy(), startupLimit);
    const start = await readStartup(client).finally(() => clearTimeout(timer));
    if (start === undefined) {
      client.destroy();
      return;
    }
    if (start.kind === 'cancel') {
      // As PostgreSQL does: the answer is that the connection closes, whatever came of it.
      await cancelByKey(start.processId, start.secretKey).catch(() => undefined);
      client.end();
      return;
    }
    await this.#session(client, start);
  }

  async #session(client: Socket, start: ClientStart & { kind: 'session' }): Promise<void> {
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    client.once('close', onClose);
    try {
      const { database, startup, extensions } = wishes(start.parameters);
      if (start.minorVersion > 0 || extensions.length > 0) client.write(protocol30(extensions));
      const connection = this.#connectionTo(database);
      const signal = AbortSignal.any([gone.signal, this.#closing.signal]);
      const pooling = await effectivePooling(connection, { signal });
      const { socket, user } = await openConnection(connection, { signal, startup });
      if (client.destroyed || this.#closing.signal.aborted) {
        socket.destroy();
        client.destroy();
        return;
      }
      if (!this.#warned && !allowsNamedStatements(pooling)) this.#warnOfNames(client);
      join(client, socket);
      // It goes nowhere: it makes the core hand over the server's greeting, which is the client's.
      socket.write(startupMessage({ user, database: connection.database ?? user }));
    } catch (error) {
      if (client.destroyed) return;
      const explanation = explainError(error, this.#connection);
      client.end(errorResponse(error, explanation));
      this.#options.onRefusal?.(
        oneLine(explanation?.title ?? (error instanceof Error ? error.message : String(error))),
      );
    } finally {
      client.off('close', onClose);
    }
  }

  /** The bytes pass as they are: which Bind a name is for is not known before it comes. */
  #warnOfNames(client: Socket): void {
    const watch = namedStatementWatch();
    const onData = (chunk: Buffer): void => {
      if (!this.#warned && !watch(chunk)) return;
      client.off('data', onData);
      if (this.#warned) return;
      this.#warned = true;
      this.#options.onWarning?.(namedStatements);
    };
    client.on('data', onData);
  }

  /** The client's own database where it names one; libpq's default, the user's name, does not count. */
  #connectionTo(database: string | undefined): AzureConnection {
    if (database === undefined) return this.#connection;
    let connection = this.#byDatabase.get(database);
    if (connection === undefined) {
      connection = this.#resolve(database);
      // A client may name any number of databases.
      if (this.#byDatabase.size < 100) this.#byDatabase.set(database, connection);
    }
    return connection;
  }

  #resolve(database: string | undefined): AzureConnection {
    const { url, env = process.env, pooled } = this.#options;
    const connection = resolveConnection(url, database === undefined ? {} : { database }, env);
    return pooled ? connection.pooled() : connection.direct();
  }
}

const namedStatements =
  'A client names its prepared statements, and this pooler does not keep them from transaction to transaction: queries fail, and commits may be ' +
  'reported that never took place. Turn it off in the client (postgres.js: prepare: false, pg: no name, JDBC: prepareThreshold=0), leave ' +
  '--pooled out, or set pgbouncer.max_prepared_statements on the server and max_prepared_statements in the URL.';

interface Wishes {
  readonly database: string | undefined;
  /** Everything but user, database and extensions of the protocol. */
  readonly startup: Record<string, string>;
  readonly extensions: readonly string[];
}

function wishes(parameters: ReadonlyMap<string, string>): Wishes {
  const startup: Record<string, string> = {};
  const extensions: string[] = [];
  for (const [name, value] of parameters) {
    if (name.startsWith('_pq_.')) extensions.push(name);
    else if (name !== 'user' && name !== 'database') startup[name] = value;
  }
  const named = parameters.get('database');
  const database = named === '' || named === parameters.get('user') ? undefined : named;
  return { database, startup, extensions };
}

/** Passes bytes on both ways until one side is done; what it said before it closed reaches the other. */
function join(client: Socket, server: Socket): void {
  server.on('error', () => {});
  client.pipe(server);
  server.pipe(client);
  client.once('close', () => server.destroySoon());
  server.once('close', () => client.destroySoon());
}
