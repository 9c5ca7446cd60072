import type { AzureConnection, Host } from '../connection/connection.ts';
import type { SignInSource } from '../credentials/sign-in-source.ts';
import type { Dial } from '../tls/dialled-stream.ts';
import type { ConnectDeadline } from './connect-deadline.ts';
import type { Session } from './session.ts';

/** How one connection is opened, beyond what its settings say. */
export interface OpenOptions {
  /** Stops connecting; what was begun is closed. */
  readonly signal?: AbortSignal | undefined;
  /** Startup parameters in addition to those of the connection; these win. `user` and `database` cannot be changed here. */
  readonly startup?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for this one, instead of the connection's `connectTimeout`; 0: no deadline. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds for trying again, instead of the connection's `connectRetryTimeout`; 0: a single attempt. */
  readonly connectRetryTimeout?: number | undefined;
  /** Once it fires no other attempt begins: who waits hears the last error. */
  readonly noRetry?: AbortSignal | undefined;
  /**
   * Makes the stream below TLS, instead of name resolution and TCP. TLS, verification and sign-in are as on any other, but a loopback
   * name is not a reason to trust it. What it throws is rethrown: no other host is tried, and none again.
   */
  readonly dial?: Dial | undefined;
  /**
   * Asks the server something on the signed-in session, before a driver gets it. A stall counts against the deadline, and what it throws is a
   * failure to connect.
   */
  readonly ask?: ((session: Session) => Promise<void>) | undefined;
}

/** The same for the core's own sessions. */
export interface SessionOptions extends OpenOptions {
  /** One host of the connection, and an address of it: no other is tried. */
  readonly only?: Host | undefined;
}

/** One connection while it is being opened: what every step of it needs. */
export interface Opening {
  readonly connection: AzureConnection;
  readonly options: OpenOptions;
  readonly source: SignInSource;
  readonly deadline: ConnectDeadline;
  /** All that some server was told to sign in with: none of it is to be shown, whichever says it. */
  readonly told: (string | undefined)[];
}
