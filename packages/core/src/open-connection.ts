import type { Socket } from 'node:net';
import { cancelByKey } from './cancel-query.ts';
import type { AzureConnection, Host } from './connection.ts';
import type { SignInSource } from './credentials/sign-in.ts';
import { publish } from './diagnostics.ts';
import { type OpenOptions, openSession } from './open-session.ts';
import { rememberSession } from './open-sessions.ts';
import { handOver } from './protocol/hand-over.ts';
import type { Session } from './protocol/session.ts';
import { warnOnce } from './warn-once.ts';

export type { OpenOptions } from './open-session.ts';

/** A connection that is made, verified and signed in, ready for a driver. */
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

/**
 * Opens one physical connection: obtains credential and socket side by side, negotiates and verifies TLS as sslmode says, signs in, picks
 * the host that target_session_attrs asks for, and gives a socket that any driver can use as if it were fresh.
 *
 * Takes at most `connection.connectTimeout`; of several hosts and addresses each gets an equal share of what is left. When it fails nothing
 * stays open. Nothing secret is written before the verification that
 * sslmode asks for is done.
 *
 * @throws AzurePgError `INSECURE_CONNECTION`, `HOST_NOT_ALLOWED`, `CERTIFICATE_FILE`, `HOST_UNREACHABLE` (the system's error is its
 * `cause`), `CONNECT_TIMEOUT`, `ABORTED`, `TLS_NOT_OFFERED`, `TLS_HANDSHAKE_FAILED`, `CERTIFICATE_NOT_TRUSTED`,
 * `HOST_NAME_MISMATCH`, `PROTOCOL_VIOLATION`, `CONNECTION_CLOSED`, `AUTH_METHOD_NOT_ALLOWED`, `PASSWORD_MISSING`, `SERVER_REFUSED` (with
 * `serverError`), `SESSION_ATTRS_NOT_MET`, and what obtaining the credential throws.
 */
export async function openConnection(
  connection: AzureConnection,
  options: OpenOptions = {},
): Promise<OpenedConnection> {
  const begun = performance.now();
  return handedOver(connection, options, await openSession(connection, options), begun);
}

/** The same with a credential from elsewhere. */
export async function openConnectionWith(
  source: SignInSource,
  connection: AzureConnection,
  options: OpenOptions = {},
): Promise<OpenedConnection> {
  const begun = performance.now();
  return handedOver(connection, options, await openSession(connection, options, source), begun);
}

async function handedOver(
  connection: AzureConnection,
  options: OpenOptions,
  session: Session,
  begun: number,
): Promise<OpenedConnection> {
  const { transport, started, stream, parameters } = session;
  const { socket, target, attempt, encrypted, verified } = transport;
  const { processId, secretKey } = started;
  const { user, password } = session.signIn();
  if (processId !== undefined && secretKey !== undefined) {
    const entry = { connection, target, attempt, processId, secretKey, socket: new WeakRef(socket) };
    rememberSession(entry, socket);
  }
  const sent = new Set(['user', 'database', 'client_encoding']);
  for (const name of Object.keys({ ...connection.startupParameters, ...options.startup })) sent.add(name);
  await stream.release();
  handOver(socket, {
    user,
    database: connection.database ?? user,
    sent,
    greeting: session.greeting,
    cancel: cancelByKey,
    onUnsent: (name) =>
      warnOnce(
        connection.logger,
        `unsent startup parameter ${name}`,
        `The driver's startup parameter "${name}" has no effect: the connection was opened without it`,
      ),
  });
  const host: Host = { ...target.host, hostaddr: target.address };
  publish(
    'azure-pg:connection.opened',
    {
      host: host.host,
      port: host.port,
      user,
      database: connection.database,
      duration: performance.now() - begun,
    },
    connection.logger,
  );
  const opened = { socket, user, host, parameters, processId, encrypted, verified };
  return Object.defineProperties(opened, {
    password: { value: password },
    secretKey: { value: secretKey },
  }) as unknown as OpenedConnection;
}
