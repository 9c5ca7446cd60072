import type { Socket } from 'node:net';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { type BackendMessage, violation } from './backend-messages.ts';

/**
 * libpq's limit for all messages but those that carry data (MAX_ERRLEN and VALID_LONG_MESSAGE_TYPE in its sources): what is longer did
 * not come from a PostgreSQL server, or is meant to fill our memory.
 */
const startupLimit = 30_000;

/**
 * Reads whole messages from a socket, however their bytes are cut into packets. It reads only when asked (`next`), so that a peer
 * cannot fill the memory, and leaves the socket as it found it (`release`).
 */
export class MessageStream {
  readonly socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  #ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('readable', this.#onReadable);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    socket.on('error', this.#onError);
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /**
   * The next message.
   *
   * @param limit the longest message to take, in bytes.
   * @throws AzurePgError `PROTOCOL_VIOLATION` for an impossible length, `CONNECTION_CLOSED` at the end; or what the socket was
   * destroyed with.
   */
  async next(limit: number = startupLimit): Promise<BackendMessage> {
    const head = await this.#peek(5);
    const length = head.readUInt32BE(1);
    if (length < 4 || length > limit) throw violation(`a message of impossible length (${length} bytes)`);
    const bytes = (await this.#peek(length + 1)).subarray(0, length + 1);
    this.#bytes = this.#bytes.subarray(length + 1);
    return { type: String.fromCharCode(bytes[0] as number), body: bytes.subarray(5), bytes };
  }

  /** One byte, as a server answers an SSLRequest. */
  async byte(): Promise<number> {
    const value = (await this.#peek(1))[0] as number;
    this.#bytes = this.#bytes.subarray(1);
    return value;
  }

  /** Bytes that came and were not asked for. */
  get surplus(): number {
    return this.#bytes.length + this.socket.readableLength;
  }

  /**
   * Takes all listeners off and puts back what was not asked for. The socket is then as if nobody had ever read from it: it flows when
   * somebody listens for "data".
   */
  async release(): Promise<void> {
    const { socket } = this;
    socket.off('readable', this.#onReadable);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onEnd);
    socket.off('error', this.#onError);
    if (this.#bytes.length > 0 && !socket.readableEnded && !socket.destroyed) socket.unshift(this.#bytes);
    this.#bytes = Buffer.alloc(0);
    // Node.js notices on the next tick that nobody listens for "readable" any more.
    await new Promise<void>((resolve) => process.nextTick(resolve));
  }

  async #peek(count: number): Promise<Buffer> {
    for (;;) {
      if (this.#bytes.length >= count) return this.#bytes;
      const chunk = this.socket.read() as Buffer | null;
      if (chunk !== null) {
        this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
        continue;
      }
      if (this.#failure !== undefined) throw broken(this.#failure);
      if (this.#ended || this.socket.destroyed) throw broken(this.socket.errored ?? undefined);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  readonly #onReadable = (): void => this.#wake?.();

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#wake?.();
  };

  readonly #onError = (error: Error): void => {
    this.#failure = error;
    this.#wake?.();
  };
}

/** What we destroyed the socket with says why; what the system or OpenSSL says is the cause of an error of our own. */
function broken(cause: Error | undefined): AzurePgError {
  if (cause instanceof AzurePgError) return cause;
  if (cause === undefined) {
    return new AzurePgError('CONNECTION_CLOSED', 'The server closed the connection before it was ready', {
      hint: 'Look at the server’s log; behind a pooler or proxy, a server that is down looks like this too.',
    });
  }
  const { code = cause.message } = cause as NodeJS.ErrnoException;
  const hint = /CERTIFICATE/.test(code)
    ? 'The server wants a client certificate that it trusts: sslcert and sslkey.'
    : 'Look at the server’s log; a firewall or proxy between may also have cut the connection.';
  return new AzurePgError('CONNECTION_CLOSED', `The connection broke before it was ready: ${code}`, {
    hint,
    cause,
  });
}
