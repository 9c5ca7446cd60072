import type { AzureConnection, Dial, Pooling } from '@azure-pg/core';
import { allowsNamedStatements, assertNamedStatements, openForDriver } from '@azure-pg/core/adapter';
import type { Driver } from './bare-driver.ts';
import { DriverSocket, type LiveOptions } from './driver-faults/driver-socket.ts';
import { driversError } from './driver-faults/drivers-error.ts';
import type { InstanceState } from './driver-faults/instance-state.ts';
import { millisecondsOf } from './driver-options/connect-timeout.ts';
import type { PostgresArguments } from './driver-options/driver-arguments.ts';
import type { LearnedTypes } from './learned-types.ts';
import { serverSigns } from './server-signs.ts';

/** What an instance is made of. */
export interface InstanceParts extends Omit<PostgresArguments, 'connection' | 'driver'> {
  readonly connection: AzureConnection;
  /** The copy of the driver that is used. */
  readonly driver: Driver;
  /** The driver's own options, as they were given. */
  readonly given: PostgresArguments['driver'];
}

/** The instance that a connection is made for. */
export interface ConnectFor {
  readonly state: InstanceState;
  readonly types: LearnedTypes;
  /** Whether its queries will run there; not so on those that the driver makes for `sql.listen` and `sql.subscribe`. */
  readonly serves: boolean;
}

/** postgres.js's `socket` hook: a connection that is already signed in, or a socket that fails with the reason. Never rejects. */
export async function connect(
  { connection, startup, given, transport, connectTimeout, unreadable }: InstanceParts,
  options: LiveOptions,
  { state, types, serves }: ConnectFor,
): Promise<DriverSocket> {
  const { signal } = state.ended;
  const dial = dialOf(transport, options);
  try {
    if (unreadable !== undefined) throw unreadable.reason;
    const { replication } = options.connection;
    const opened = await openForDriver(connection, {
      signal,
      noRetry: state.ends.signal,
      dial,
      startup: replication ? { ...startup, replication } : startup,
      connectTimeout: millisecondsOf(connectTimeout),
      // LISTEN is lost where servers are handed out by the transaction.
      needsSession: serves ? undefined : replication ? 'sql.subscribe()' : 'sql.listen()',
      ask: serves && given.fetch_types !== false ? (session) => types.learn(session, options) : undefined,
    });
    const { socket, user, database, host, processId, secretKey, pooling, server } = opened;
    try {
      signal.throwIfAborted();
      // Before the first query is built.
      if (connection.pooling.poolMode === 'detect') options.prepare = preparePolicy(pooling, given);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    const who = { user, database };
    // In `connection`, because the driver's connections have looked at the others before.
    Object.assign(options.connection, who);
    Object.assign(options, who);
    // The driver names the place in its errors.
    const made = new DriverSocket(socket, options, state, serves, host, serverSigns(server, state));
    state.add(made, processId, secretKey);
    if (serves) {
      server.watch(
        () => made.waits || state.waitsFor(made),
        () => state.goesStepwise(made),
      );
    }
    return made;
  } catch (error) {
    const reason = error instanceof Error ? driversError(error, connection, state.driver) : error;
    return new DriverSocket({ failed: reason }, options, state, serves);
  }
}

/** What the user's own `socket` hook is for the core. */
export function dialOf(transport: InstanceParts['transport'], options?: object): Dial | undefined {
  return transport && (({ host, port }) => transport({ ...options, host: [host], port: [port] }));
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
