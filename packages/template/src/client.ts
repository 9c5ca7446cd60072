import type { AzureConnection } from '@azure-pg/core';
import {
  allowsNamedStatements,
  type DriverConnection,
  driverError,
  openForDriver,
} from '@azure-pg/core/adapter';
import pg from 'pg';

type Callback = (error: Error | null) => void;
type Socket = DriverConnection['socket'];

/** What is used of pg's client; its types leave some of it out. */
interface DriverClient {
  user: string;
  database: string;
  readonly connectionParameters: object;
  readonly connection: NodeJS.EventEmitter & { stream: Socket };
  connect(callback?: Callback): void;
  query(query: string | { text?: string; name?: string }, ...rest: unknown[]): unknown;
}
const Driver = pg.Client as unknown as new (config: object) => DriverClient;

/** A class of pg's clients that go where a connection says: the driver's own, with another way to connect. */
export function clientClass(connection: AzureConnection): new () => pg.ClientBase {
  class Client extends Driver {
    #opened: DriverConnection | undefined;
    #inTransaction = false;

    constructor() {
      const [host] = connection.hosts;
      // TLS and signing in come before the driver.
      super({ host: host?.host, port: host?.port, ssl: false, password: '' });
    }

    // 3. Open and hand over. pg's pool connects with a callback.
    override connect(callback: Callback): void {
      openForDriver(connection).then(
        (opened) => {
          this.#opened = opened;
          const { user, database, socket } = opened;
          Object.assign(this, { user, database });
          Object.assign(this.connectionParameters, { user, database });
          this.connection.stream = readyToConnect(socket);
          this.connection.on('readyForQuery', ({ status }: { status?: string }) => {
            this.#inTransaction = status !== 'I';
          });
          super.connect(callback);
        },
        (reason: unknown) => callback(asDriverSays(reason, connection)),
      );
    }

    // 4. Obey the pooler: what it would lose is refused or warned of, and what it does not keep has no name.
    override query(query: string | { text?: string; name?: string }, ...rest: unknown[]): unknown {
      const { text = '', name } = typeof query === 'string' ? { text: query } : query;
      const refusal = this.#opened?.guard?.(text, this.#inTransaction);
      if (refusal !== undefined) return refuse(refusal, rest.at(-1));
      const named =
        name === undefined || this.#opened === undefined || allowsNamedStatements(this.#opened.pooling);
      return super.query(named ? query : { ...(query as object), name: '' }, ...rest);
    }
  }
  return Client as unknown as new () => pg.ClientBase;
}

/** pg calls `connect()` of its socket; this one is connected. */
function readyToConnect(socket: Socket): Socket {
  socket.connect = () => {
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  return socket;
}

function refuse(error: Error, callback: unknown): unknown {
  return typeof callback === 'function' ? process.nextTick(callback, error) : Promise.reject(error);
}

/** What the server said as the driver's own error, what the system said as the system's; with an explanation. */
function asDriverSays(reason: unknown, connection: AzureConnection): Error {
  return driverError(reason, connection, ({ message, ...fields }) =>
    Object.assign(new pg.DatabaseError(message, message.length, 'error'), fields),
  );
}
