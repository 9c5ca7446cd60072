import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Driver } from '../bare-driver.ts';
import { connectionClosed, serverError } from './drivers-error.ts';
import { IdleCheck } from './idle-check.ts';
import type { Backend, DriverConnection } from './query.ts';
import { ServerMessages } from './server-messages.ts';
import { isCancelRequest, startupOf } from './startup-bytes.ts';

/** The options that the driver hands to its `socket` hook: the object that its connections read from. */
export interface LiveOptions {
  prepare: unknown;
  connection: Record<string, string>;
  parsers: Record<number, unknown>;
  serializers: Record<number, unknown>;
  shared: { retries: number; typeArrayMap: Record<number, number> };
  transform: { undefined?: unknown };
}

/** Listens to what happens to a {@link DriverSocket}. */
export interface SocketOwner {
  /** The copy of the driver that the instance is of. */
  readonly driver: Driver;
  /** The socket whose bytes the driver is reading. */
  reading: DriverSocket | undefined;
  /** The driver is about to read the greeting; `read` lets it. */
  onGreeting(read: () => void): void;
  /** The server is ready for the next query, as the driver has heard. */
  onReady(socket: DriverSocket): void;
  /** The connection is over; the driver hears of it after this. */
  onOver(socket: DriverSocket): void;
}

/** What a connection's server does behind its back. */
export interface ServerSigns {
  /** It is another server now, or has become one: the connection is to be closed as soon as nothing runs there. */
  readonly outdated: boolean;
  /** An error that the server sent. */
  onError(sqlState: string | undefined): void;
  /** What the driver writes. */
  onWrite(bytes: Buffer): void;
  /** The server is ready for the next query, with this transaction status. */
  onReady(status: string): void;
  /** It does not answer. */
  onSilence(): void;
}

/** Milliseconds that a peer has to close after the driver said goodbye, before the socket is destroyed. */
const patience = 1000;
/** The driver writes at once what is as long as this, and gathers what is shorter. */
const writesAtOnce = 1024;
const padding = '_azure_pg_padding';

/**
 * What postgres.js takes for its socket. The driver makes its connections one after the other in one object (`Connection` in its
 * connection.js) and carries over what is left of the last one. This is the one place that fixes that, at the connection's end.
 *
 * What the driver keeps per object, in 3.4.0 to 3.4.9, and what becomes of it:
 *
 * - `errorResponse` (3.4.9): set by an ErrorResponse while a query runs, cleared by ReadyForQuery. A FATAL error is never followed by one, so
 *   the next connection's greeting throws it at the query that waits. Here a FATAL error is passed on not as bytes but as the socket's error: it
 *   ends what runs there, with its reason, and is not kept. Only a connection that is lost between an error and its ReadyForQuery still leaves
 *   one; what the driver rejects while it reads a greeting has not failed, and is sent again: see `InstanceState.onGreeting`.
 * - `query`, `sent`, `initial`, `stream`: rejected by the socket's 'error' event. A query that arrives between 'error' and 'close' is forgotten;
 *   so the two are emitted one right after the other, and no other code runs between them.
 * - `initial`: a connection that closes before its greeting without an error is made again in a tight loop; so there always is an error.
 * - `chunk`, `nextWriteTimer`: what was to be written on the next turn of the event loop. 'close' cancels the timer and keeps both, after which
 *   nothing is ever written, or the old bytes go to the new connection. A StartupMessage of 1,024 bytes is written at once and clears them; the
 *   bytes before it are dropped, since the queries that they belong to have been rejected. (It goes nowhere itself: the session has begun.)
 * - `query`, `result`, `results`: cleared by the greeting's ReadyForQuery.
 * - `rows`, `final`, and a cursor that waits for its consumer: outlast that; see `answers.ts`, `copy-stream.ts` and `cursor.ts`.
 * - `socket`: the driver writes to it from timers, and a TypeError ends the process when it is gone. A connection that failed therefore says so
 *   when it is first written to, and no scope writes on a connection that is over: see `scopes.ts`.
 */
export class DriverSocket extends EventEmitter {
  /** For the driver's errors. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** 3.4.0 takes a socket for used up after it closed only when it bears this mark of a TLSSocket. */
  readonly encrypted = true;
  /** Why the connection is over; undefined while it is not. */
  reason: unknown;
  over = false;
  /** The transaction status that the server reported last: I, T or E. */
  status = 'I';
  /** The reservation or transaction that the connection belongs to; undefined: to all queries of the instance. */
  scope: object | undefined;
  /** The driver's object for it, once it is known. */
  connection: DriverConnection | undefined;
  /** What the driver knows its server's process by; undefined where that said nothing. */
  backend: Backend | undefined;
  /** How often the server was ready for the next query. */
  readies = 0;
  readonly #socket: Duplex | undefined;
  readonly #options: LiveOptions;
  readonly #owner: SocketOwner;
  readonly #serves: boolean;
  readonly #messages: ServerMessages;
  readonly #signs: ServerSigns | undefined;
  readonly #idleCheck: IdleCheck | undefined;
  #started = false;
  #cancels = false;
  #readyComes = false;
  #greeted = false;
  #leaving = false;
  /** The server's last words. */
  #farewell: Error | undefined;

  /**
   * @param socket signed in, or the reason why there is none, which the driver gets as soon as it writes.
   * @param serves whether the instance's queries run on it; the driver makes others for itself.
   * @param signs what is made of the server's behaviour; undefined: nothing, and nobody asks it.
   */
  constructor(
    socket: Duplex | { readonly failed: unknown },
    options: LiveOptions,
    owner: SocketOwner,
    serves: boolean,
    place: { readonly host?: string; readonly port?: number } = {},
    signs?: ServerSigns,
  ) {
    super();
    this.host = place.host;
    this.port = place.port;
    this.#options = options;
    this.#owner = owner;
    this.#serves = serves;
    this.#messages = new ServerMessages({
      onBytes: (bytes) => this.#tellBytes(bytes),
      onReady: (status) => {
        if (this.#idleCheck?.answers()) return false;
        this.status = status;
        this.readies++;
        this.#readyComes = true;
        this.#signs?.onReady(status);
        return true;
      },
      // The driver would make a stream for it that nobody listens to, and its error would end the process.
      onCopy: () => {
        if (this.#idleCheck?.isQuiet !== true) return true;
        this.die(undefined);
        return false;
      },
      onError: (fields) => this.#signs?.onError(fields.C),
      onFatal: (fields, afterBytes) => {
        this.#farewell ??= serverError(fields, this.#owner.driver);
        // What came before it has been answered: those who wait for that hear of it first.
        if (afterBytes) setImmediate(() => this.die(undefined));
        else this.die(undefined);
      },
    });
    if ('failed' in socket) {
      this.over = true;
      this.reason = socket.failed;
      return;
    }
    this.#socket = socket;
    this.#signs = signs;
    if (signs !== undefined && serves) {
      this.#idleCheck = new IdleCheck(
        (bytes) => socket.write(bytes),
        () => {
          this.die(undefined);
          signs.onSilence();
        },
      );
    }
    socket.on('error', (error) => this.die(error));
    socket.on('end', () => this.die(undefined));
    socket.on('close', () => this.die(undefined));
  }

  /** For the driver, which closes what is open. */
  get readyState(): string {
    return this.over || this.#socket?.destroyed ? 'closed' : 'open';
  }

  /** The driver is being told that the server is ready for the next query. */
  get isReady(): boolean {
    return this.#readyComes;
  }

  /** The driver can give it queries. */
  get isUsable(): boolean {
    return this.#serves && this.#greeted && !this.#leaving;
  }

  /** Whether the driver waits for the server, be it with a COMMIT of its own. */
  get waits(): boolean {
    return this.#idleCheck?.waits === true;
  }

  /** It leads to a server that has changed. */
  get outdated(): boolean {
    return this.#signs?.outdated ?? false;
  }

  /** Asks the server whether it is there, if it has been silent for a while; see {@link IdleCheck.ask}. */
  ask(now: number = performance.now()): Promise<void> | undefined {
    return this.isUsable && !this.over ? this.#idleCheck?.ask(now) : undefined;
  }

  /** The moment from which on it is worth a question again, as `performance.now()` tells it. */
  get nextAsk(): number {
    return this.#idleCheck === undefined || this.over ? Number.POSITIVE_INFINITY : this.#idleCheck.nextAsk;
  }

  /** Closes it when nothing runs there any more, if it leads to a server that has changed. */
  retire(): void {
    if (this.outdated && !this.over) this.connection?.end();
  }

  override on(event: string, listener: (...values: never[]) => void): this {
    super.on(event, listener as never);
    if (event !== 'data') return this;
    // The driver composes its StartupMessage next.
    this.#options.connection[padding] = '_'.repeat(writesAtOnce);
    this.#socket?.on('data', (bytes: Buffer) => this.#messages.push(bytes));
    return this;
  }

  /** Always takes more: the driver would lend a connection that it thinks is full, or not hold it for a transaction. */
  write(bytes: Buffer, callback?: (error?: Error | null) => void): boolean {
    if (!this.#started) this.#start(bytes, callback);
    else if (this.over || this.#socket === undefined) {
      if (callback !== undefined) process.nextTick(callback, this.reason);
    } else {
      this.#signs?.onWrite(bytes);
      this.#idleCheck?.wrote(bytes);
      this.#socket.write(bytes, callback);
    }
    return true;
  }

  #start(bytes: Buffer, callback?: (error?: Error | null) => void): void {
    this.#started = true;
    delete this.#options.connection[padding];
    this.#cancels = isCancelRequest(bytes);
    if (this.over || this.#socket === undefined) process.nextTick(() => this.#tellOver());
    else this.#socket.write(this.#cancels ? bytes : startupOf(bytes, padding), callback);
  }

  #tellBytes(bytes: Buffer): void {
    if (this.over) return;
    const read = (): void => {
      this.#owner.reading = this;
      try {
        this.emit('data', bytes);
      } finally {
        this.#owner.reading = undefined;
      }
    };
    if (this.#greeted || !this.#serves) read();
    else this.#owner.onGreeting(read);
    if (!this.#readyComes) return;
    this.#readyComes = false;
    this.#greeted = true;
    this.emit('ready');
    if (this.#serves) this.#owner.onReady(this);
  }

  /** The driver's goodbye. */
  end(bytes?: Buffer): void {
    const socket = this.#socket;
    if (socket === undefined || this.over) return;
    this.#leaving = true;
    socket.end(bytes);
    this.closeSoon();
  }

  /** Closes it by force when it is still open after a while: a peer that has gone silent never answers a goodbye. */
  closeSoon(): void {
    const timer = setTimeout(() => this.#socket?.destroy(), patience);
    this.#socket?.once('close', () => clearTimeout(timer));
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  setKeepAlive(enable: boolean, delay: number): void {
    const socket = this.#socket as
      | (Duplex & { setKeepAlive?(enable: boolean, delay: number): void })
      | undefined;
    socket?.setKeepAlive?.(enable, delay);
  }

  /**
   * Ends the connection, here and for the driver.
   *
   * @param reason rejects what runs there; undefined: it was closed without a word.
   */
  die(reason: unknown): void {
    if (this.over) return;
    this.over = true;
    this.reason = this.#farewell ?? reason ?? connectionClosed(this);
    this.#idleCheck?.end();
    this.#socket?.destroy();
    if (this.#started) this.#tellOver();
  }

  #tellOver(): void {
    const { reason } = this;
    this.#owner.onOver(this);
    // The driver leaves the rejection of a cancel that fails unhandled; the query that was to be cancelled just goes on.
    if (!this.#cancels && this.listenerCount('error') > 0) this.emit('error', reason);
    // Only a failure to connect makes the driver wait longer before it tries again.
    this.emit('close', this.#socket === undefined);
  }
}
