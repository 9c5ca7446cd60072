/** What a {@link ServerMessages} reports as it goes. */
export interface MessageListener {
  /** Whole or partial messages, in the order and the bytes of the server. */
  onBytes(bytes: Buffer): void;
  /** A ReadyForQuery comes with the next bytes; `status` is its transaction status: I, T or E. Gives whether it is to be passed on. */
  onReady(status: string): boolean;
  /** A COPY begins. Gives whether something may have asked for it; otherwise nothing more is passed on. */
  onCopy(): boolean;
  /** An ErrorResponse, of whatever severity. */
  onError(fields: Readonly<Record<string, string>>): void;
  /** An ErrorResponse of severity FATAL or PANIC, after which a server says nothing more. Neither it nor anything after it is passed on as bytes. */
  onFatal(fields: Readonly<Record<string, string>>, afterBytes: boolean): void;
}

const errorResponse = 0x45;
const readyForQuery = 0x5a;
/** CopyInResponse and CopyOutResponse. */
const copyResponses: ReadonlySet<number | undefined> = new Set([0x47, 0x48]);
const headLength = 5;
/** A longer ErrorResponse is not waited for: the driver may have it as it comes. */
const longestError = 1_000_000;

/**
 * Follows where the server's messages begin and end, however they are cut into chunks. It holds back no more than the beginning of a message
 * whose head or, for an ErrorResponse, whose end has not come yet.
 *
 * https://www.postgresql.org/docs/18/protocol-message-formats.html
 */
export class ServerMessages {
  readonly #listener: MessageListener;
  /** The beginning of a message that cannot be judged yet. */
  #held: Buffer | undefined;
  /** Bytes still to come of a message that has been passed on in part. */
  #left = 0;
  #ended = false;

  constructor(listener: MessageListener) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    if (this.#ended) return;
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    let begin = 0;
    let at = this.#left;
    const passOn = (until: number): void => {
      if (until > begin)
        this.#listener.onBytes(begin === 0 && until === bytes.length ? bytes : bytes.subarray(begin, until));
      begin = until;
    };
    while (at < bytes.length) {
      if (bytes.length - at < headLength) break;
      const type = bytes[at];
      const length = bytes.readUInt32BE(at + 1);
      const end = at + 1 + length;
      if (copyResponses.has(type) && !this.#listener.onCopy()) {
        this.#ended = true;
        return;
      }
      if (type === readyForQuery || (type === errorResponse && length <= longestError)) {
        if (end > bytes.length) break;
        if (type === readyForQuery) {
          passOn(at);
          if (this.#listener.onReady(String.fromCharCode(bytes[at + headLength] ?? 0))) passOn(end);
          else begin = end;
        } else {
          const fields = errorFields(bytes.subarray(at + headLength, end));
          this.#listener.onError(fields);
          if (isFatal(fields)) {
            const afterBytes = at > 0;
            this.#ended = true;
            passOn(at);
            this.#listener.onFatal(fields, afterBytes);
            return;
          }
        }
      }
      at = end;
    }
    if (at < bytes.length) this.#held = bytes.subarray(at);
    this.#left = Math.max(0, at - bytes.length);
    passOn(Math.min(at, bytes.length));
  }
}

/** By their letters: https://www.postgresql.org/docs/18/protocol-error-fields.html */
function errorFields(body: Buffer): Readonly<Record<string, string>> {
  const texts = body.toString('utf8').split('\0');
  return Object.fromEntries(
    texts.filter((text) => text !== '').map((text) => [text.slice(0, 1), text.slice(1)]),
  );
}

/** V is the severity that is never translated; PgBouncer sends S alone, in English. */
const isFatal = ({ V, S }: Readonly<Record<string, string>>): boolean => /^(FATAL|PANIC)$/.test(V ?? S ?? '');
