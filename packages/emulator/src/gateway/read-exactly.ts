import type { Duplex } from 'node:stream';

/** The other side closed before it had said what was expected. */
class ConnectionEnded extends Error {}

/** Reads this many bytes and leaves those that follow in the stream. */
export function readExactly(stream: Duplex, size: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tryRead = (): void => {
      // A stream that has ended gives what is left, however little.
      const bytes = stream.read(size) as Buffer | null;
      if (bytes === null) return;
      stop();
      if (bytes.length === size) resolve(bytes);
      else reject(new ConnectionEnded());
    };
    const ended = (): void => {
      stop();
      reject(new ConnectionEnded());
    };
    const stop = (): void => {
      stream.off('readable', tryRead);
      stream.off('end', ended);
      stream.off('close', ended);
      stream.off('error', ended);
    };
    stream.on('readable', tryRead);
    stream.on('end', ended);
    stream.on('close', ended);
    stream.on('error', ended);
    if (stream.destroyed || stream.readableEnded) ended();
    else tryRead();
  });
}
