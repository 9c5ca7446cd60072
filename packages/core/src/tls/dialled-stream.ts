import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Host } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { abortable } from '../waiting/abortable.ts';
import { ignoreErrors } from '../wire/ignore-errors.ts';

/**
 * Makes the stream below TLS to a host, instead of name resolution and TCP: an SSH tunnel, a proxy. Called for each attempt, and again
 * to cancel.
 */
export type Dial = (host: Host) => Duplex | Promise<Duplex>;

/**
 * The stream of a {@link Dial}, as a socket of which only what all streams have is used. One that comes too late is closed.
 *
 * @throws AzurePgError `INVALID_SETTING` where there is none; the signal's reason when it fires; what `dial` throws.
 */
export async function dialledStream(dial: Dial, host: Host, signal: AbortSignal): Promise<Socket> {
  const made = (async () => dial(host))();
  made.then(
    (late) => {
      if (!signal.aborted || typeof late?.destroy !== 'function') return;
      ignoreErrors(late as Socket);
      late.destroy();
    },
    () => {},
  );
  const stream = await abortable(made, signal);
  if (typeof stream?.destroy === 'function') return stream as Socket;
  throw new AzurePgError('INVALID_SETTING', `The transport to "${host.host}" is not a stream`, {
    hint: 'The function that makes it must return a connected Duplex, or a promise of one.',
  });
}

/** Neither closed nor half closed. */
export function isOpen(stream: Socket): boolean {
  return !stream.destroyed && stream.writable && stream.readable && !stream.readableEnded;
}
