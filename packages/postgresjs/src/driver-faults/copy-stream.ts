import { type Duplex, Readable, Writable } from 'node:stream';
import type { DriverSocket } from './driver-socket.ts';
import { connectionClosed } from './drivers-error.ts';

/** What `.readable()` and `.writable()` of a COPY give. */
export type CopyStream = Duplex | Readable | Writable;

export const isCopyStream = (answer: unknown): answer is CopyStream =>
  answer instanceof Writable || answer instanceof Readable;

/**
 * Lets a COPY end as the server says. The driver answers the query with the stream, and then has nobody to tell that the COPY failed: a
 * stream whose last bytes were refused (a constraint, a lost connection) never ends, or ends with the next command on that connection, as if
 * it had been written. It also tells the server of the end of a COPY that is over, and waits forever for a reader that has left.
 *
 * @param socket where it runs; undefined: not known.
 * @param over called when it has ended.
 * @returns what ends it with an error.
 */
export function followCopy(
  stream: CopyStream,
  socket: DriverSocket | undefined,
  over: () => void,
): (reason: unknown) => void {
  const begun = socket?.readies;
  const isOver = (): boolean => socket !== undefined && (socket.over || socket.readies !== begun);
  const { _destroy: tellServer } = stream;
  stream._destroy = (error, callback) => {
    const written = stream instanceof Writable && stream.writableFinished;
    const read = stream instanceof Readable && stream.readableEnded;
    if (isOver() || written || read) callback(error);
    else if (stream instanceof Writable) tellServer.call(stream, error, callback);
    else {
      socket?.die(connectionClosed(socket));
      callback(error);
    }
  };
  stream.once('close', over);
  return (reason) => {
    stream.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  };
}
