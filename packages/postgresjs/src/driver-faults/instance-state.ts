import type { Driver } from '../bare-driver.ts';
import type { DriverSocket, SocketOwner } from './driver-socket.ts';
import { generic } from './drivers-error.ts';
import { Pending } from './pending.ts';
import type { Backend, DriverConnection, Query } from './query.ts';

/** What is known of one instance, while it lives. */
export class InstanceState implements SocketOwner {
  readonly driver: Driver;
  /** How many connections it may have. */
  max = 1;
  /** For errors: where it connects. */
  readonly place: { readonly host: string | undefined; readonly port: number | undefined };
  /** Fires when it has ended. */
  readonly ended: AbortController = new AbortController();
  /** Fires when `sql.end` is called: nothing new is taken. */
  readonly ends: AbortController = new AbortController();
  reading: DriverSocket | undefined;
  /** All that are open, those of `listen` and `subscribe` included. */
  readonly sockets: Set<DriverSocket> = new Set();
  /** What was sent to the driver and has no answer yet: queries, transactions, reservations. */
  readonly pending: Pending = new Pending();
  /** Those of them that are a COPY. */
  readonly copies: WeakSet<object> = new WeakSet();
  /** How many of them keep a connection busy, or will: each at most one. */
  claims = 0;
  readonly #bySession: Map<string, DriverSocket> = new Map();
  /** Where the driver's connections lead, as far as queries ran there. */
  readonly #byConnection: WeakMap<DriverConnection, DriverSocket> = new WeakMap();
  /** Before this moment no connection has been idle for long enough to be asked. */
  #nextAsk = Number.POSITIVE_INFINITY;
  readonly #watchers: Set<() => void> = new Set();
  readonly #onRelease: Set<() => void> = new Set();
  #unsent: (() => void)[] | undefined;
  #retries: { retries: number } | undefined;

  constructor(driver: Driver, place: InstanceState['place']) {
    this.driver = driver;
    this.place = place;
  }

  get ending(): boolean {
    return this.ends.signal.aborted;
  }

  /** Connections that the driver can use, or uses. */
  get open(): number {
    let open = 0;
    for (const socket of this.sockets) if (socket.isUsable) open++;
    return open;
  }

  /** @param key of its BackendKeyData; without one nobody knows which queries run on it. */
  add(socket: DriverSocket, processId: number | undefined, key: Buffer | undefined): void {
    this.sockets.add(socket);
    this.#nextAsk = 0;
    if (processId === undefined || key === undefined) socket.scope = unknownScope;
    else {
      socket.backend = { pid: processId >>> 0, secret: key.readUInt32BE(0) };
      this.#bySession.set(nameOf(socket.backend), socket);
    }
  }

  /** The driver counts the failures of all connections together, and forgets them only after a normal greeting. */
  countsFailuresIn(shared: { retries: number }): void {
    this.#retries = shared;
  }

  /** Where a query runs, or ran; undefined when that is over, or was never known. */
  socketOf(query: Query | undefined): DriverSocket | undefined {
    return query?.state ? this.#bySession.get(nameOf(query.state)) : undefined;
  }

  /** A query was answered on one of the driver's connections; it is the last one there, if the server has changed. */
  ran(query: Query, connection: DriverConnection | undefined): void {
    const last = connection && this.#byConnection.get(connection);
    const socket = last !== undefined && runsOn(query, last) ? last : this.socketOf(query);
    if (socket === undefined) return;
    if (connection !== undefined && socket !== last) {
      socket.connection = connection;
      this.#byConnection.set(connection, socket);
    }
    socket.retire();
  }

  /** The server has changed, says one of the connections: those that led to the former one are closed when nothing runs there any more. */
  retire(): void {
    for (const socket of this.sockets) socket.retire();
  }

  /** Whether a query was sent there and has no answer yet. */
  waitsFor(socket: DriverSocket): boolean {
    for (const key of this.pending.keys()) if (this.socketOf(key as Query) === socket) return true;
    return false;
  }

  /** Whether a cursor or a COPY runs there, which goes on as the program does. */
  goesStepwise(socket: DriverSocket): boolean {
    for (const key of this.pending.keys()) {
      const query = key as Query;
      const stepwise = query.cursorFn !== undefined || this.copies.has(query);
      if (stepwise && this.socketOf(query) === socket) return true;
    }
    return false;
  }

  /** Resolves when all connections that belong to nobody and have been idle for a while are known to be alive, or are gone; undefined: there are none. */
  ask(): Promise<unknown> | undefined {
    const now = performance.now();
    if (now < this.#nextAsk) return undefined;
    const asked: Promise<void>[] = [];
    this.#nextAsk = Number.POSITIVE_INFINITY;
    for (const socket of this.sockets) {
      const answer = socket.scope === undefined ? socket.ask(now) : undefined;
      if (answer !== undefined) asked.push(answer);
      this.#nextAsk = Math.min(this.#nextAsk, socket.nextAsk);
    }
    return asked.length === 0 ? undefined : Promise.all(asked);
  }

  /**
   * While a greeting is read nothing can fail: what the driver rejects then was meant for an earlier connection.
   *
   * @returns whether `sendAgain` will be called, because the query has not been sent.
   */
  isUnsent(query: Query, sendAgain: () => void): boolean {
    if (this.#unsent === undefined || query.state !== null) return false;
    this.#unsent.push(sendAgain);
    return true;
  }

  /**
   * After its `max_lifetime` a connection that was reserved takes one more query, and is closed after that; the driver may still give it another
   * one, and rejects that.
   */
  isForClosed(query: Query, reason: unknown): boolean {
    const { code } = Object(reason) as { readonly code?: unknown };
    return query.state === null && !this.ending && code === 'CONNECTION_DESTROYED';
  }

  onGreeting(read: () => void): void {
    this.#unsent = [];
    const unsent = this.#unsent;
    try {
      read();
    } finally {
      this.#unsent = undefined;
    }
    for (const sendAgain of unsent) sendAgain();
  }

  onReady(socket: DriverSocket): void {
    if (this.#retries !== undefined) this.#retries.retries = 0;
    if (socket.status === 'I' || socket.scope !== undefined || this.max === 1) return;
    // A transaction that nobody holds: what others send next would be part of it, and be lost with it.
    socket.die(generic('UNSAFE_TRANSACTION', 'Only use sql.begin, sql.reserved or max: 1'));
  }

  onOver(socket: DriverSocket): void {
    this.sockets.delete(socket);
    for (const [name, known] of this.#bySession) if (known === socket) this.#bySession.delete(name);
    socket.emit('over', socket.reason);
    this.changed();
  }

  /**
   * Takes something as unanswered until what this gives is called.
   *
   * @param claims whether it keeps a connection busy, or will; what runs on a connection that is held does so with that.
   */
  track(key: object, reject: (reason: unknown) => void, claims: boolean): () => void {
    // A cursor is followed from step to step.
    if (claims && !this.pending.has(key)) this.claims++;
    this.pending.add(key, reject);
    return () => {
      if (!this.pending.delete(key)) return;
      if (claims) {
        this.claims--;
        for (const listener of this.#onRelease) queueMicrotask(listener);
      }
      this.changed();
    };
  }

  /** Calls it each time a connection is used no longer; what it throws is nobody's rejection. */
  onRelease(listener: () => void): void {
    this.#onRelease.add(listener);
  }

  /** Resolves as soon as `holds` does, which is asked at every change. */
  when(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  changed(): void {
    for (const look of this.#watchers) look();
  }
}

const unknownScope = {};

const runsOn = ({ state }: Query, { over, backend }: DriverSocket): boolean =>
  !over && state !== null && state.pid === backend?.pid && state.secret === backend?.secret;

const nameOf = ({ pid, secret }: Backend): string => `${pid} ${secret}`;
