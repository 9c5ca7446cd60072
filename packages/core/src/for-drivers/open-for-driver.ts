import type { AzureConnection, Pooling } from '../connection/connection.ts';
import { openConnection } from '../open/open-connection.ts';
import type { OpenedConnection } from '../open/opened-connection.ts';
import type { OpenOptions } from '../open/opening.ts';
import { reportingFailure } from '../open/report-failure.ts';
import { effectivePooling } from '../pooler-detection/effective-pooling.ts';
import { sessionConnection } from '../pooler-detection/session-connection.ts';
import { type SessionGuard, sessionGuard } from '../pooler-detection/session-guard.ts';
import { type ServerWatch, watchServer } from './server-watch.ts';

/** How a driver's connection is opened, beyond what its settings say. */
export interface DriverOpenOptions extends OpenOptions {
  /**
   * What needs a session of its own on the server, for messages: "sql.listen()". The connection then goes past a pooler that would share
   * the session; with `startup.replication` past any pooler.
   */
  readonly needsSession?: string | undefined;
}

/** A connection that is open, verified and signed in, and what its driver has to know about it. */
export interface DriverConnection extends OpenedConnection {
  /** The database's name; where the settings have none it is the role's, as with libpq. */
  readonly database: string;
  /** What the pooler on the way allows; never "detect". See {@link allowsNamedStatements}. */
  readonly pooling: Pooling;
  /** Looks at each query before it is sent; undefined where nothing has to be guarded. */
  readonly guard: SessionGuard | undefined;
  /** Tells when the connection should be closed because the server has changed. */
  readonly server: ServerWatch;
}

/**
 * Opens one physical connection for a driver: finds out what the pooler allows, obtains credential and socket in parallel, verifies the
 * server, signs in, and gives a socket on which the driver begins with its StartupMessage as if it were fresh.
 *
 * @throws AzurePgError as `openConnection` and `detectPooling` do, and `POOLER_UNSUPPORTED` where a session of the server's own is needed
 * and nothing says where the server is.
 */
export async function openForDriver(
  connection: AzureConnection,
  { needsSession, ...options }: DriverOpenOptions = {},
): Promise<DriverConnection> {
  const { signal, dial, startup } = options;
  const { pooling, place } = await reportingFailure(connection, async () => {
    const pooling = await effectivePooling(connection, { signal, dial });
    const shared = pooling.poolMode !== 'session' || startup?.replication !== undefined;
    const past = needsSession !== undefined && shared;
    return { pooling, place: past ? sessionConnection(connection, needsSession) : connection };
  });
  const opened = await openConnection(place, options);
  return Object.assign(opened, {
    database: connection.database ?? opened.user,
    pooling,
    guard: sessionGuard(connection, pooling),
    server: watchServer(place, opened, {
      pooled: place.pooling.poolMode !== 'none',
      dialled: dial !== undefined,
    }),
  });
}
