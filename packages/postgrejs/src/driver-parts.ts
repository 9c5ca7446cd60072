import { type Callback, Connection, type ConnectionConfiguration, type Pool } from 'postgrejs';

/** What is used of the driver's socket, which speaks the protocol; the driver exports neither it nor what owns it. */
export interface DriverSocket extends NodeJS.EventEmitter {
  options: ConnectionConfiguration;
  _state: number;
  _socket: NodeJS.EventEmitter | undefined;
  connect(): void;
  capture(callback: unknown): Promise<unknown>;
  sendParseMessage(args: { statement?: string; sql: string; paramTypes?: unknown }): void;
  sendBindMessage(args: { statement?: string }): void;
  sendCloseMessage(args: { type: 'P' | 'S'; name?: string }): void;
  sendQueryMessage(sql: string): void;
  sendSyncMessage(): void;
  readonly state: number;
  _handleConnect(): void;
  _send(data: Buffer, sent?: Callback): void;
}

/** What owns a socket, one for each physical connection. */
export interface DriverSession extends NodeJS.EventEmitter {
  socket: DriverSocket;
  transactionStatus: string;
  readonly state: number;
  readonly inTransaction: boolean;
  connect(): Promise<void>;
  _onError(error: Error): void;
}

/** The session of a connection. */
export function sessionOf(connection: Connection): DriverSession {
  return (connection as unknown as { _intlCon: DriverSession })._intlCon;
}

/** The driver's socket as a class to extend. */
export const PgSocket = sessionOf(new Connection()).socket.constructor as new (
  options: ConnectionConfiguration,
) => DriverSocket;

/** The sessions of a pool: how it makes one, and what it does before it lends one again. */
export interface DriverFactory {
  create: () => Promise<DriverSession>;
  reset: (session: DriverSession) => Promise<void>;
}

/** The factory of a pool. */
export function factoryOf(pool: Pool): DriverFactory {
  return (pool as unknown as { _pool: { _factory: DriverFactory } })._pool._factory;
}

/** ReadyForQuery, as the driver's `message` event names it. */
export const readyForQuery = 0x5a;
