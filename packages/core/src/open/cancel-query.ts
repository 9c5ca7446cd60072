import type { Socket } from 'node:net';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { openTransport } from '../tls/open-transport.ts';
import { cancelRequest } from '../wire/frontend-messages.ts';
import { ConnectDeadline, stages } from './connect-deadline.ts';
import { type OpenSessionEntry, sessionOfKey, sessionOfSocket } from './open-sessions.ts';
import type { OpenedConnection } from './opened-connection.ts';

/**
 * Asks the server to cancel what a connection is doing, over a new transport to the same host and address, encrypted and verified as the
 * connection itself. Resolves when the server has taken the request; only the query's own end shows whether it came in time.
 *
 * @param opened what `openConnection` gave, or its socket.
 * @throws AzurePgError when the server cannot be reached, or gave no key to cancel with (`PROTOCOL_VIOLATION`).
 */
export async function cancelQuery(
  opened: Pick<OpenedConnection, 'socket'> | Socket,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const socket = 'socket' in opened ? opened.socket : opened;
  const entry = sessionOfSocket(socket);
  if (entry === undefined) throw unknownSession();
  await send(entry, options.signal);
}

/** The same for the key of one of this process' sessions. */
export async function cancelByKey(processId: number, secretKey: Uint8Array): Promise<void> {
  const entry = sessionOfKey(processId, secretKey);
  if (entry === undefined) throw unknownSession();
  await send(entry, undefined);
}

async function send(entry: OpenSessionEntry, caller: AbortSignal | undefined): Promise<void> {
  const { connection, target, attempt, processId, secretKey } = entry;
  const deadline = new ConnectDeadline(connection.connectTimeout, caller);
  deadline.stage = stages.reaching(target.host.host, target.host.port);
  try {
    const { socket } = await openTransport(connection, target, attempt, deadline.signal);
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        socket.destroy(deadline.signal.reason);
      };
      deadline.signal.addEventListener('abort', abort, { once: true });
      let failure: Error | undefined;
      socket.on('error', (error: NodeJS.ErrnoException) => {
        // The server just closes when it has read the request, which may look like a reset.
        if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') failure = error;
      });
      socket.on('close', () => {
        deadline.signal.removeEventListener('abort', abort);
        if (failure === undefined) resolve();
        else reject(failure);
      });
      socket.resume();
      socket.write(cancelRequest(processId, secretKey));
      socket.on('end', () => socket.end());
    });
  } finally {
    deadline.done();
  }
}

function unknownSession(): AzurePgError {
  return new AzurePgError(
    'PROTOCOL_VIOLATION',
    'There is no session to cancel: it has ended, or its server gave no key',
    {
      hint: 'Cancel only what runs on an open connection.',
    },
  );
}
