import type { Socket } from 'node:net';

const sslRequest = 80877103;
const gssEncRequest = 80877104;
const cancelRequest = 80877102;
/** PostgreSQL's MAX_STARTUP_PACKET_LENGTH. */
const longestPacket = 10_000;
const refused = Buffer.from('N');

/** What a client says first. */
export type ClientStart =
  | {
      readonly kind: 'session';
      readonly minorVersion: number;
      readonly parameters: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'cancel'; readonly processId: number; readonly secretKey: Buffer };

/**
 * Reads a client's first message. A request for TLS or GSSAPI is answered with "no": it does not leave this machine. undefined when the client leaves or
 * does not speak PostgreSQL's protocol. What follows the message stays in the socket.
 * https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-START-UP
 */
export async function readStartup(socket: Socket): Promise<ClientStart | undefined> {
  // A client asks for each kind of encryption once at most.
  for (let requests = 0; requests < 3; requests++) {
    const head = await read(socket, 8);
    if (head === undefined) return undefined;
    const length = head.readUInt32BE(0);
    const code = head.readUInt32BE(4);
    if (length < 8 || length > longestPacket) return undefined;
    if ((code === sslRequest || code === gssEncRequest) && length === 8) {
      socket.write(refused);
      continue;
    }
    const body = length === 8 ? Buffer.alloc(0) : await read(socket, length - 8);
    if (body === undefined) return undefined;
    if (code === cancelRequest) {
      return body.length < 5
        ? undefined
        : { kind: 'cancel', processId: body.readInt32BE(0), secretKey: body.subarray(4) };
    }
    if (code >>> 16 !== 3) return undefined;
    return { kind: 'session', minorVersion: code & 0xffff, parameters: parametersIn(body) };
  }
  return undefined;
}

function parametersIn(body: Buffer): Map<string, string> {
  const words = body.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < words.length && words[index] !== ''; index += 2) {
    parameters.set(words[index] as string, words[index + 1] as string);
  }
  return parameters;
}

/** This many bytes; undefined when the socket ends before. */
function read(socket: Socket, size: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const done = (bytes: Buffer | undefined): void => {
      socket.off('readable', onReadable);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      resolve(bytes);
    };
    const onReadable = (): void => {
      if (socket.readableLength < size) {
        // Asking is what makes Node.js read on.
        socket.read(0);
        return;
      }
      const bytes = socket.read(size) as Buffer | null;
      if (bytes !== null) done(bytes);
    };
    const onEnd = (): void => done(undefined);
    socket.on('readable', onReadable);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
    if (socket.destroyed || socket.readableEnded) onEnd();
    else onReadable();
  });
}
