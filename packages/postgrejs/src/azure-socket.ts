import type { AzureConnection } from '@azure-pg/core';
import {
  type DriverConnection,
  type DriverOpenOptions,
  driverError,
  openForDriver,
} from '@azure-pg/core/adapter';
import { type Callback, ConnectionState, DatabaseError } from 'postgrejs';
import { type DriverSession, type DriverSocket, PgSocket } from './driver-parts.ts';

const readyForQuery = 'Z'.charCodeAt(0);
const parseComplete = '1'.charCodeAt(0);
const closeComplete = '3'.charCodeAt(0);

type Parse = Parameters<DriverSocket['sendParseMessage']>[0];

/** The driver's socket, which opens by way of the core and obeys the pooler. */
class AzureSocket extends PgSocket {
  readonly #session: DriverSession;
  readonly #connection: AzureConnection;
  readonly #openOptions: DriverOpenOptions;
  #opened: DriverConnection | undefined;
  /** Statements that the server has not been told of, where it would not know them at the next message. */
  readonly #unsent = new Map<string, Parse>();
  /** Whether the next Sync ends nothing that the server knows of. */
  #syncIsMoot = false;
  /** The error of a simple query, until the server is ready again. */
  #failure: Error | undefined;
  #inSimpleQuery = false;
  /** Why the connection is about to end. */
  #lastWords: unknown;

  constructor(session: DriverSession, connection: AzureConnection, openOptions: DriverOpenOptions) {
    super(session.socket.options);
    this.#session = session;
    this.#connection = connection;
    this.#openOptions = openOptions;
  }

  // 3. Open and hand over.
  override connect(): void {
    if (this._socket !== undefined) return;
    this._state = ConnectionState.CONNECTING;
    openForDriver(this.#connection, this.#openOptions).then(
      (opened) => {
        this.#opened = opened;
        const { user, database, socket } = opened;
        this.options = { ...this.options, user, database };
        this._socket = socket;
        this._handleConnect();
      },
      (reason: unknown) => {
        this._state = ConnectionState.CLOSED;
        this.emit('error', asDriverSays(reason, this.#connection));
      },
    );
  }

  // 4. Obey the pooler: what it would lose is refused or warned of.
  override sendQueryMessage(sql: string): void {
    this.#obey(sql);
    this.#inSimpleQuery = true;
    super.sendQueryMessage(sql);
  }

  #obey(sql: string): void {
    const refusal = this.#opened?.guard?.(sql, this.#session.inTransaction);
    if (refusal !== undefined) throw refusal;
  }

  /**
   * The driver names every statement, ends its message with a Sync, and runs it with the next message, which a pooler may give to another
   * server. One with max_prepared_statements keeps names, but says that it knows a statement together with what the server says next, for
   * which the driver does not ask before. So the driver is answered here, and the server hears of the statement when it is bound.
   */
  override sendParseMessage(args: Parse): void {
    this.#obey(args.sql);
    if (this.#namesLast) return super.sendParseMessage(args);
    this.#unsent.set(args.statement ?? '', args);
    this.#syncIsMoot = true;
    this.#answer(parseComplete);
  }

  /** The driver writes all messages into one buffer, also while the last is not sent. */
  override _send(data: Buffer, sent?: Callback): void {
    super._send(Buffer.from(data), sent);
  }

  /** What the server said last, or the system, in the place of "Connection closed": the driver closes statements of broken connections. */
  override async capture(callback: unknown): Promise<unknown> {
    try {
      return await super.capture(callback);
    } catch (error) {
      throw (this.state === ConnectionState.CLOSED ? this.#lastWords : undefined) ?? error;
    }
  }

  override sendBindMessage(args: { statement?: string }): void {
    const parse = this.#unsent.get(args.statement ?? '');
    if (parse === undefined) return super.sendBindMessage(args);
    super.sendParseMessage({ ...parse, statement: '' });
    super.sendBindMessage({ ...args, statement: '' });
  }

  override sendCloseMessage(args: { type: 'P' | 'S'; name?: string }): void {
    if (args.type === 'P' || !this.#unsent.delete(args.name ?? '')) return super.sendCloseMessage(args);
    this.#syncIsMoot = true;
    this.#answer(closeComplete);
  }

  override sendSyncMessage(): void {
    if (!this.#syncIsMoot) return super.sendSyncMessage();
    this.#syncIsMoot = false;
    this.#answer(readyForQuery, { status: this.#session.transactionStatus });
  }

  get #namesLast(): boolean {
    return this.#opened === undefined || this.#opened.pooling.poolMode === 'none';
  }

  /** As if the server had said so; the driver listens when it has sent. */
  #answer(code: number, message?: object): void {
    queueMicrotask(() => super.emit('message', code, message));
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const [first, message] = args as [unknown, { status?: string }?];
    // Asked for by sendBindMessage, not by the driver.
    if (event === 'message' && first === parseComplete && !this.#namesLast) return true;
    if (event === 'error' && !(first instanceof DatabaseError && first.severity === 'ERROR')) {
      this.#lastWords ??= first;
    }
    if (!this.#inSimpleQuery) return super.emit(event, ...args);
    // A fault of the driver: it gives a simple query's error on before the server is ready, and takes that for the next query's end.
    if (event === 'error' && first instanceof DatabaseError) {
      this.#failure ??= first;
      return true;
    }
    const ready = event === 'message' && first === readyForQuery;
    if (!ready && event !== 'close' && event !== 'error') return super.emit(event, ...args);
    this.#inSimpleQuery = false;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) return super.emit(event, ...args);
    if (ready) this.#session.transactionStatus = message?.status ?? 'I';
    const told = super.emit('error', failure);
    return ready ? told : super.emit(event, ...args);
  }
}

/** Makes a session of the driver go where a connection says. */
export function goesTo(
  session: DriverSession,
  connection: AzureConnection,
  openOptions: DriverOpenOptions,
): DriverSession {
  const socket = new AzureSocket(session, connection, openOptions);
  session.socket = socket;
  socket.on('error', (error: Error) => session._onError(error));
  for (const event of ['close', 'connecting', 'notification']) {
    socket.on(event, (...args: unknown[]) => session.emit(event, ...args));
  }
  return session;
}

/** What the server said as the driver's own error, what the system said as the system's; with an explanation. */
function asDriverSays(reason: unknown, connection: AzureConnection): Error {
  return driverError(reason, connection, (fields) => new DatabaseError(fields));
}
