import type { Socket } from 'node:net';
import type { AzureConnection } from '../connection/connection.ts';
import type { TlsAttempt } from '../tls/attempts.ts';
import type { Target } from '../tls/open-transport.ts';

/** What it takes to cancel what a session is doing: where it is, and its key. */
export interface OpenSessionEntry {
  readonly connection: AzureConnection;
  readonly target: Target;
  readonly attempt: TlsAttempt;
  readonly processId: number;
  readonly secretKey: Buffer;
  readonly socket: WeakRef<Socket>;
}

interface Registry {
  readonly byKey: Map<string, OpenSessionEntry>;
  readonly bySocket: WeakMap<Socket, OpenSessionEntry>;
}

// One for all copies of this package in the process: the copy that cancels may not be the one that opened.
const name = Symbol.for('@azure-pg/core.sessions');

function registry(): Registry {
  const shared = globalThis as { [name]?: Registry };
  shared[name] ??= { byKey: new Map(), bySocket: new WeakMap() };
  return shared[name];
}

/** Remembers a session for as long as its socket lives; no listener on the socket is needed for that. */
export function rememberSession(entry: OpenSessionEntry, socket: Socket): void {
  const { byKey, bySocket } = registry();
  for (const [key, { socket: other }] of byKey) {
    if (other.deref()?.destroyed ?? true) byKey.delete(key);
  }
  byKey.set(keyOf(entry.processId, entry.secretKey), entry);
  bySocket.set(socket, entry);
}

export function sessionOfKey(processId: number, secretKey: Uint8Array): OpenSessionEntry | undefined {
  return registry().byKey.get(keyOf(processId, secretKey));
}

export function sessionOfSocket(socket: Socket): OpenSessionEntry | undefined {
  return registry().bySocket.get(socket);
}

const keyOf = (processId: number, secretKey: Uint8Array): string =>
  `${processId} ${Buffer.from(secretKey).toString('base64')}`;
