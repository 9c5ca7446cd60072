import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { rememberSocket } from './end-with-connection.ts';
import { markEncrypted } from './failed-socket.ts';
import type { InstanceState } from './mended-instance.ts';
import { watchStartup } from './watch-startup.ts';

/** The options that the driver hands to its `socket` hook: the object that its connections read from. */
export interface LiveOptions {
  prepare: unknown;
  fetch_types: boolean;
  connection: Record<string, string>;
}

/** What the driver's mends need to know of a connection that is signed in. */
export interface ConnectedSocketOptions {
  /** Of the BackendKeyData; undefined where the server sent none. */
  readonly processId: number | undefined;
  readonly secretKey: Buffer | undefined;
  /** Whether the driver will ask for the array types first: its option `fetch_types`. */
  readonly fetchTypes: boolean;
  /** Of the instance that the connection belongs to; undefined for those that the driver makes for `listen` and `subscribe`. */
  readonly instance: InstanceState | undefined;
}

/** A signed-in socket for postgres.js's `socket` hook, with a watch over what the driver does not expect of it. */
export function connectedSocket(socket: Socket, options: ConnectedSocketOptions): Socket {
  const { processId, secretKey, fetchTypes, instance } = options;
  rememberSocket(socket, processId, secretKey);
  if (instance !== undefined) {
    instance.open++;
    socket.once('close', () => instance.open--);
  }
  watchStartup(socket, fetchTypes);
  // The driver closes what says that it is open. A stream that is no socket says nothing.
  if (!('readyState' in socket)) {
    Object.defineProperty(socket, 'readyState', { get: () => (isClosed(socket) ? 'closed' : 'open') });
  }
  return markEncrypted(socket);
}

const isClosed = ({ destroyed, writable }: Duplex): boolean => destroyed || !writable;
