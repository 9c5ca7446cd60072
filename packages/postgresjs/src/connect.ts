import type { Duplex } from 'node:stream';
import {
  type AzureConnection,
  allowsNamedStatements,
  assertNamedStatements,
  driverError,
  effectivePooling,
  openConnection,
  type Pooling,
} from '@azure-pg/core';
import { connectedSocket, failedSocket, type InstanceState } from '@azure-pg/mended-postgresjs';
import driver from 'postgres';

/** The options that postgres.js hands to its `socket` hook: the object that its connections read from. */
export interface LiveOptions {
  prepare: unknown;
  fetch_types: boolean;
  connection: Record<string, string>;
}

/** What an instance is made of. */
export interface InstanceParts {
  readonly connection: AzureConnection;
  /** Startup parameters beside those of the connection. */
  readonly startup: Readonly<Record<string, string>>;
  /** The driver's own options, as they were given. */
  readonly given: Readonly<Record<string, unknown>>;
}

/**
 * postgres.js's `socket` hook: a connection that is already signed in, or a socket that fails with the reason. Never rejects.
 *
 * @param instance that the connection is for; undefined: one that the driver made of it, for `sql.listen` or `sql.subscribe`.
 * @param signal fires when the instance that the user made has ended.
 */
export async function connect(
  { connection, startup, given }: InstanceParts,
  options: LiveOptions,
  instance: InstanceState | undefined,
  signal: AbortSignal,
): Promise<Duplex> {
  try {
    const pooling = await effectivePooling(connection, { signal });
    // Before the first query is built.
    if (connection.pooling.poolMode === 'detect') options.prepare = preparePolicy(pooling, given);
    const { replication } = options.connection;
    // LISTEN is lost where servers are handed out by the transaction; replication is nothing for any pooler.
    const direct = instance === undefined && (replication || pooling.poolMode !== 'session');
    const { socket, user, host, processId, secretKey } = await openConnection(
      direct ? connection.direct() : connection,
      { signal, startup: replication ? { ...startup, replication } : startup },
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
    return failedSocket(
      driverError(error, connection, (fields) =>
        Reflect.construct(driver.PostgresError, [{ severity_local: fields.severity, ...fields }]),
      ),
    );
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
