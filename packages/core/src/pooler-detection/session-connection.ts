import type { AzureConnection } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { rememberedPooling } from './effective-pooling.ts';

/**
 * The connection for what needs a session of its own on the server, such as migrations under a session's lock: the direct twin where a
 * pooler is on the way, else the connection itself.
 *
 * @param what needs it, for the error: "A migration".
 * @throws AzurePgError `POOLER_UNSUPPORTED` where a pooler would share the session, and nothing says where the server itself is.
 */
export function sessionConnection(connection: AzureConnection, what: string): AzureConnection {
  const { poolMode } = rememberedPooling(connection) ?? connection.pooling;
  if (poolMode === 'none') return connection;
  const direct = connection.direct();
  if (direct !== connection || poolMode === 'session') return direct;
  throw new AzurePgError(
    'POOLER_UNSUPPORTED',
    `${what} needs a session of the server itself, and only its pooler is known`,
    { hint: 'Set direct_port to the port that PostgreSQL itself listens on.' },
  );
}
