import type { Duplex } from 'node:stream';
import {
  type AzureConnection,
  allowsNamedStatements,
  assertNamedStatements,
  effectivePooling,
  type OpenOptions,
  openConnection,
  type Pooling,
} from '@azure-pg/core';
import {
  connectedSocket,
  driversError,
  failedSocket,
  type InstanceState,
  type LiveOptions,
  millisecondsOf,
  type PostgresArguments,
} from '@azure-pg/mended-postgresjs';

/** What an instance is made of. */
export interface InstanceParts extends Omit<PostgresArguments, 'connection' | 'driver'> {
  readonly connection: AzureConnection;
  /** The driver's own options, as they were given. */
  readonly given: PostgresArguments['driver'];
}

/**
 * postgres.js's `socket` hook: a connection that is already signed in, or a socket that fails with the reason. Never rejects.
 *
 * @param instance that the connection is for; undefined: one that the driver made of it, for `sql.listen` or `sql.subscribe`.
 * @param signal fires when the instance that the user made has ended.
 */
export async function connect(
  { connection, startup, given, transport, connectTimeout, unreadable }: InstanceParts,
  options: LiveOptions,
  instance: InstanceState | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  const dial: OpenOptions['dial'] =
    transport && (({ host, port }) => transport({ ...options, host: [host], port: [port] }));
  try {
    if (unreadable !== undefined) throw unreadable.reason;
    const pooling = await effectivePooling(connection, { signal, dial });
    // Before the first query is built.
    if (connection.pooling.poolMode === 'detect') options.prepare = preparePolicy(pooling, given);
    const { replication } = options.connection;
    // LISTEN is lost where servers are handed out by the transaction; replication is nothing for any pooler.
    const direct = instance === undefined && (replication || pooling.poolMode !== 'session');
    const { socket, user, host, processId, secretKey } = await openConnection(
      direct ? connection.direct() : connection,
      {
        signal,
        dial,
        startup: replication ? { ...startup, replication } : startup,
        connectTimeout: millisecondsOf(connectTimeout),
      },
    );
    if (signal.aborted) socket.destroy();
    signal.throwIfAborted();
    const who = { user, database: connection.database ?? user };
    // In `connection`, because the driver's connections have looked at the others before.
    Object.assign(options.connection, who);
    Object.assign(options, who);
    // The driver names them in its errors.
    Object.assign(socket, { host: host.host, port: host.port });
    return connectedSocket(socket, { processId, secretKey, fetchTypes: options.fetch_types, instance });
  } catch (error) {
    return failedSocket(error instanceof Error ? driversError(error, connection) : error);
  }
}

/**
 * Whether statements may have names. Behind a pooler that does not carry them from server to server they must not: the driver
 * would report transactions as committed that are not.
 */
export function preparePolicy(pooling: Pooling, given: InstanceParts['given']): unknown {
  const wanted = given.no_prepare ? false : given.prepare;
  if (allowsNamedStatements(pooling)) return wanted ?? true;
  if (wanted && pooling.poolMode !== 'detect') assertNamedStatements(pooling, 'prepare');
  return false;
}
