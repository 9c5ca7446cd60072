import type { Socket } from 'node:net';
import type { Host } from '../connection/connection.ts';

/** A connection that is open, verified and signed in, ready for a driver. */
export interface OpenedConnection {
  /**
   * The native socket (a `tls.TLSSocket` where {@link encrypted}), for a driver whose own TLS is off. The driver begins with its
   * StartupMessage as on a new socket, and reads what the server said to ours.
   */
  readonly socket: Socket;
  /** Who signed in; with a token the role may come from it. */
  readonly user: string;
  /** What was signed in with. Not enumerable: neither `inspect` nor `JSON.stringify` shows it. */
  readonly password: string | undefined;
  /** The host that was used, and `hostaddr` its address; undefined there means a Unix socket. */
  readonly host: Host;
  /** The server's parameters: server_version, in_hot_standby, … */
  readonly parameters: Readonly<Record<string, string>>;
  /** The key to cancel with, as `cancelQuery` does; undefined where the server gave none. The secret is not enumerable. */
  readonly processId: number | undefined;
  readonly secretKey: Buffer | undefined;
  readonly encrypted: boolean;
  /** The certificate was checked: its chain, and with verify-full its name. */
  readonly verified: boolean;
}
