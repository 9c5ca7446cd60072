import type { AzureConnection } from '@azure-pg/core';
import {
  type DriverConnection,
  type DriverOpenOptions,
  driverError,
  openForDriver,
} from '@azure-pg/core/adapter';
import { ConnectionState, DatabaseError } from 'postgrejs';
import { LastWords } from './driver-faults/masked-error.ts';
import { type DriverSession, type DriverSocket, readyForQuery } from './driver-parts.ts';

const parseComplete = 0x31;
const closeComplete = 0x33;

type Parse = Parameters<DriverSocket['sendParseMessage']>[0];

/** The driver's socket, which opens by way of the core and obeys the pooler. */
class AzureSocket extends LastWords {
  readonly #session: DriverSession;
  readonly #connection: AzureConnection;
  readonly #openOptions: DriverOpenOptions;
  #opened: DriverConnection | undefined;
  /** Statements that the server has not been told of, where it would not know them at the next message. */
  readonly #unsent = new Map<string, Parse>();
  /** Whether the next Sync ends nothing that the server knows of. */
  #syncIsMoot = false;

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
    if (this.#namesLast) {
      super.sendParseMessage(args);
      return;
    }
    this.#unsent.set(args.statement ?? '', args);
    this.#answerTwice(parseComplete);
  }

  override sendBindMessage(args: { statement?: string }): void {
    const parse = this.#unsent.get(args.statement ?? '');
    if (parse !== undefined) super.sendParseMessage({ ...parse, statement: '' });
    super.sendBindMessage(parse === undefined ? args : { ...args, statement: '' });
  }

  override sendCloseMessage(args: { type: 'P' | 'S'; name?: string }): void {
    if (args.type === 'S' && this.#unsent.delete(args.name ?? '')) this.#answerTwice(closeComplete);
    else super.sendCloseMessage(args);
  }

  override sendSyncMessage(): void {
    if (this.#syncIsMoot) this.#answer(readyForQuery, { status: this.#session.transactionStatus });
    else super.sendSyncMessage();
    this.#syncIsMoot = false;
  }

  get #namesLast(): boolean {
    return this.#opened === undefined || this.#opened.pooling.poolMode === 'none';
  }

  /** Answers what the server is not sent, and the Sync after it. */
  #answerTwice(code: number): void {
    this.#syncIsMoot = true;
    this.#answer(code);
  }

  /** As if the server had said so; the driver listens when it has sent. */
  #answer(code: number, message?: object): void {
    queueMicrotask(() => super.emit('message', code, message));
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const [first, message] = args as [unknown, { status: string }?];
    // Asked for by sendBindMessage, not by the driver.
    if (event === 'message' && first === parseComplete && !this.#namesLast) return true;
    if (event === 'message' && first === readyForQuery && message !== undefined) {
      this.#session.transactionStatus = message.status;
    }
    return super.emit(event, ...args);
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
