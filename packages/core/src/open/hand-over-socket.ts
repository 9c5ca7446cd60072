import type { Socket } from 'node:net';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { cancelRequestCode, terminate } from '../wire/frontend-messages.ts';
import { heedErrors } from '../wire/ignore-errors.ts';

/** What the driver's first message is measured against. */
export interface HandOverTerms {
  readonly user: string;
  readonly database: string;
  /** The names of the startup parameters that were sent. */
  readonly sent: ReadonlySet<string>;
  /** The server's messages from AuthenticationOk to ReadyForQuery. */
  readonly greeting: Buffer;
  /** Sends the CancelRequest with this key where its session is. */
  cancel(processId: number, secretKey: Buffer): Promise<void>;
  /** A startup parameter of the driver's that the session was not started with. */
  onUnsent(name: string): void;
}

const goodbye = terminate();

type Done = (error?: Error | null) => void;

/**
 * Makes a socket on which the session has begun look like one on which it has not: the first thing written must be a StartupMessage
 * for the same user and database; it goes nowhere, and the server's greeting is what is read next. From then on the socket is as Node.js made
 * it, with none of our code in it.
 *
 * postgres.js takes a socket for its CancelRequest from the same place as for a session: then that is sent where the query runs, and this
 * socket ends.
 */
export function handOverSocket(socket: Socket, terms: HandOverTerms): void {
  const native = socket.write;
  // Until the greeting is in its place the driver must not hear what the server said after it: that it shuts down, perhaps.
  socket.pause();
  const resume = (): void => {
    socket.resume();
  };
  // A socket that is closed before anything was written must still read up to the server's end.
  socket.once('finish', resume);
  const firstWrite = (chunk: unknown, encoding?: BufferEncoding | Done, callback?: Done): boolean => {
    // Put back rather than deleted: deleting turns the socket into a slow object for V8, and it is used for every query.
    socket.write = native;
    socket.off('finish', resume);
    heedErrors(socket);
    const done = typeof encoding === 'function' ? encoding : callback;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk as Uint8Array);
    if (socket.destroyed) {
      // The driver came too late to notice it.
      const error =
        socket.errored ?? new AzurePgError('CONNECTION_CLOSED', 'The server closed the connection');
      process.nextTick(() => {
        done?.(error);
        socket.emit('error', error);
        socket.emit('close', true);
      });
      return false;
    }
    // The driver has changed its mind.
    if (bytes.equals(goodbye)) {
      resume();
      return socket.write(bytes, done);
    }
    if (isCancelRequest(bytes)) {
      terms.cancel(bytes.readInt32BE(8), bytes.subarray(12)).then(
        () => socket.end(goodbye, () => socket.destroy()),
        (error: Error) => socket.destroy(error),
      );
    } else {
      const problem = disagreement(bytes, terms);
      if (problem !== undefined) {
        process.nextTick(() => socket.destroy(problem));
        return false;
      }
      // At once, before anybody reads what the server said after it.
      if (!socket.readableEnded) socket.unshift(terms.greeting);
      // The driver's listeners are all in place on the next tick.
      process.nextTick(resume);
    }
    if (done !== undefined) process.nextTick(done, null);
    return true;
  };
  Object.defineProperty(socket, 'write', { value: firstWrite, configurable: true, writable: true });
}

function isCancelRequest(bytes: Buffer): boolean {
  return (
    bytes.length >= 16 &&
    bytes.readUInt32BE(0) === bytes.length &&
    bytes.readUInt32BE(4) === cancelRequestCode
  );
}

function disagreement(
  bytes: Buffer,
  { user, database, sent, onUnsent }: HandOverTerms,
): AzurePgError | undefined {
  const whole = bytes.length >= 9 && bytes.readUInt32BE(0) === bytes.length && bytes.readUInt16BE(4) === 3;
  if (!whole) {
    return new AzurePgError('PROTOCOL_VIOLATION', 'The driver did not begin with one whole StartupMessage', {
      hint: 'The socket is signed in and encrypted already: turn the driver’s own TLS off.',
    });
  }
  const words = bytes.toString('utf8', 8).split('\0');
  for (let index = 0; index + 1 < words.length && words[index] !== ''; index += 2) {
    const [name, value] = [words[index] as string, words[index + 1] as string];
    const expected = name === 'user' ? user : name === 'database' ? database : undefined;
    if (expected !== undefined && value !== expected) {
      return new AzurePgError(
        'PROTOCOL_VIOLATION',
        `The driver wants ${name} "${value}" on a connection that is signed in with "${expected}"`,
        {
          hint: 'Give the driver the user that openConnection returned, and the database of the connection.',
        },
      );
    }
    // An empty application_name is what a session has without one; some drivers always name it.
    if (!sent.has(name) && !(name === 'application_name' && value === '')) onUnsent(name);
  }
  return undefined;
}
