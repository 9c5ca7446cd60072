import type { AzureConnection } from '@azure-pg/core';
import { type ServerWatch, type SessionGuard, sessionGuard } from '@azure-pg/core/adapter';
import type { DriverClient, Release } from './driver-client.ts';

/** What a client of ours knows in addition to what pg's knows. */
export class ClientState {
  readonly connection: AzureConnection;
  /** Milliseconds for connecting; 0: the connection's own deadline alone. */
  readonly timeout: number;
  /** Gives up connecting; the reason is the error that `connect()` rejects with. Undefined once that is over: an idle connection keeps none. */
  opening: AbortController | undefined = new AbortController();
  /** Why connecting would be pointless. */
  readonly problem: unknown;
  /** Fires when the pool that made the client ends. */
  readonly poolEnds: AbortSignal | undefined;
  /** The program gave the socket, on which pg connects by itself. */
  readonly userSuppliedSocket: boolean;
  started = false;
  /** The connection is open, signed in, and pg's: from now on pg handles it. */
  opened = false;
  /** What `connect()` has promised. */
  connected: Promise<unknown> | undefined;
  guard: SessionGuard | undefined;
  /** What the server said last. */
  inTransaction = false;
  /** Which of them the program has made read-only. */
  readOnly: 'transaction' | 'session' | undefined;
  /** Whether the server is still the same; undefined before the connection is open. */
  server: ServerWatch | undefined;
  /** A query was given up, and may be running still. */
  timedOut = false;
  /** Listens for it, on the server itself. */
  listener: DriverClient | undefined;
  hasListened = false;
  /** Gives the client back to its pool, if there is nothing more to wait for. */
  leave: (() => void) | undefined;
  /** When it was last given back, by `performance.now()`. */
  idleSince = 0;
  /** What gives the client back to its pool. */
  release: Release | undefined;

  constructor(
    connection: AzureConnection,
    given: Pick<ClientState, 'timeout' | 'problem' | 'userSuppliedSocket' | 'poolEnds'>,
  ) {
    this.connection = connection;
    this.timeout = given.timeout;
    this.problem = given.problem;
    this.poolEnds = given.poolEnds;
    this.userSuppliedSocket = given.userSuppliedSocket;
    // Queries may be asked for before there is a connection.
    if (connection.pooling.poolMode !== 'detect') this.guard = sessionGuard(connection);
  }
}
