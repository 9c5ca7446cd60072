import type { AzureConnection, Host } from '../connection/connection.ts';
import type { SignInSource } from '../credentials/sign-in-source.ts';
import { publish } from '../notices/diagnostics.ts';
import { warnOnce } from '../notices/warn-once.ts';
import { cancelByKey } from './cancel-query.ts';
import { handOverSocket } from './hand-over-socket.ts';
import { openSession } from './open-session.ts';
import { rememberSession } from './open-sessions.ts';
import type { OpenedConnection } from './opened-connection.ts';
import type { OpenOptions } from './opening.ts';
import { reportingFailure } from './report-failure.ts';
import type { Session } from './session.ts';

/**
 * Opens one physical connection: obtains credential and socket in parallel, negotiates and verifies TLS as sslmode says, signs in, picks
 * the host that target_session_attrs asks for, and returns a socket that any driver can use as if it were fresh.
 *
 * Takes at most `connection.connectTimeout`; of several hosts and addresses each gets an equal share of what is left. When it fails, nothing
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
  return openedWith(undefined, connection, options);
}

/** The same with a credential from elsewhere. */
export async function openConnectionWith(
  source: SignInSource,
  connection: AzureConnection,
  options: OpenOptions = {},
): Promise<OpenedConnection> {
  return openedWith(source, connection, options);
}

function openedWith(
  source: SignInSource | undefined,
  connection: AzureConnection,
  options: OpenOptions,
): Promise<OpenedConnection> {
  const begun = performance.now();
  return reportingFailure(connection, async () =>
    handedOver(connection, options, await openSession(connection, options, source), begun),
  );
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
  handOverSocket(socket, {
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
    // Getters: not even showHidden prints what they give.
    password: { get: () => password },
    secretKey: { get: () => secretKey },
  }) as unknown as OpenedConnection;
}
