import type { Duplex } from 'node:stream';
import {
  type AzureConnection,
  AzurePgError,
  annotateError,
  effectivePooling,
  openConnection,
  type Pooling,
} from '@azure-pg/core';
import driver from 'postgres';
import { rememberSocket } from './end-with-connection.ts';
import { failedSocket, markEncrypted } from './failed-socket.ts';
import { watchStartup } from './watch-startup.ts';

/** The options that postgres.js hands to its `socket` hook: the object that its connections read from. */
export interface LiveOptions {
  prepare: unknown;
  fetch_types: boolean;
  connection: Record<string, string>;
}

/** What is known of one instance, while it lives. */
export interface Instance {
  readonly ended: AbortController;
  /** How many connections are open. */
  open: number;
  /** Whether a reservation met no open connection, or was refused, and none has been answered since. */
  unreached: boolean;
}

export interface Connector {
  readonly connection: AzureConnection;
  /** Startup parameters beside those of the connection. */
  readonly startup: Readonly<Record<string, string>>;
  /** Fires when the instance that the user made has ended. */
  readonly ended: AbortSignal;
  /** What is known of the instance of these options; undefined: the driver made it, for `sql.listen` or `sql.subscribe`. */
  instanceOf(options: LiveOptions): Instance | undefined;
  /** Whether statements may have names. */
  prepare(pooling: Pooling): unknown;
}

/** postgres.js's `socket` hook: a connection that is already signed in, or a socket that fails with the reason. Never rejects. */
export async function connect(connector: Connector, options: LiveOptions): Promise<Duplex> {
  const { connection, startup } = connector;
  const instance = connector.instanceOf(options);
  const signal = instance?.ended.signal ?? connector.ended;
  try {
    const pooling = await effectivePooling(connection, { signal });
    // Before the first query is built.
    if (connection.pooling.poolMode === 'detect') options.prepare = connector.prepare(pooling);
    const { replication } = options.connection;
    // LISTEN is lost where servers are handed out by the transaction; replication is nothing for any pooler.
    const direct = instance === undefined && (replication || pooling.poolMode !== 'session');
    const { socket, user, host, processId, secretKey } = await openConnection(
      direct ? connection.direct() : connection,
      {
        signal,
        startup: replication ? { ...startup, replication } : startup,
      },
    );
    if (signal.aborted) socket.destroy();
    signal.throwIfAborted();
    const database = connection.database ?? user;
    // In `connection`, because the driver's connections have looked at the others before.
    Object.assign(options.connection, { user, database });
    Object.assign(options, { user, database });
    rememberSocket(socket, processId, secretKey);
    // The driver names them in its errors.
    Object.assign(socket, { host: host.host, port: host.port });
    if (instance !== undefined) {
      instance.open++;
      socket.once('close', () => instance.open--);
    }
    watchStartup(socket, options.fetch_types);
    return markEncrypted(socket);
  } catch (error) {
    return failedSocket(annotateError(driversError(error), connection));
  }
}

/** What the server refused is a PostgresError with its SQLSTATE; what the system refused is the system's error; the rest is ours. */
function driversError(error: unknown): Error {
  if (!(error instanceof AzurePgError)) return error instanceof Error ? error : new Error(String(error));
  const { serverError, cause } = error;
  if (serverError !== undefined) {
    const fields = { severity_local: serverError.severity, ...serverError };
    return Reflect.construct(driver.PostgresError, [fields]) as Error;
  }
  const fromSystem = error.code === 'HOST_UNREACHABLE' || error.code === 'CONNECTION_CLOSED';
  return fromSystem && cause instanceof Error && 'code' in cause ? cause : error;
}
