import { Duplex } from 'node:stream';

/**
 * A socket for a connection that could not be made. postgres.js must get one: when its `socket` hook throws, the slot of its pool is
 * lost for good and the waiting query is only told after `connect_timeout`.
 *
 * It fails at its first write, the startup message, and not before: a socket that closes earlier leaves that message in the driver's
 * buffer, and the slot never writes again. It closes as a broken net.Socket does, `close(true)`, which is what makes the driver wait longer
 * from one attempt to the next.
 */
export function failedSocket(reason: unknown): Duplex {
  const socket = new Duplex({
    emitClose: false,
    read() {},
    write(chunk, _encoding, callback) {
      process.nextTick(() => {
        // By ourselves: it may be no Error, or null. The driver leaves the rejection of a cancel that fails unhandled; the query that was to
        // be cancelled just goes on.
        if (!isCancelRequest(chunk) && !socket.destroyed) socket.emit('error', reason);
        socket.destroy();
        callback();
      });
    },
    destroy(error, callback) {
      callback(error);
      process.nextTick(() => socket.emit('close', true));
    },
  });
  return markEncrypted(socket);
}

/** https://www.postgresql.org/docs/18/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CANCELREQUEST */
export function isCancelRequest(bytes: unknown): boolean {
  return Buffer.isBuffer(bytes) && bytes.length === 16 && bytes.readUInt32BE(4) === 80_877_102;
}

/** postgres.js 3.4.0 takes a socket for used up after it closed only when it bears this mark of a TLSSocket. */
export function markEncrypted<T extends Duplex>(socket: T): T {
  if (!('encrypted' in socket)) Object.defineProperty(socket, 'encrypted', { value: true });
  return socket;
}
