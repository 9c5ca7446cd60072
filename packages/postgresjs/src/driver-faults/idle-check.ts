/** Milliseconds: what was idle for longer is asked; an answer later than this counts as none. */
const idleAllowed = 1000;
const answerExpected = 5000;

/** https://www.postgresql.org/docs/18/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SYNC */
const sync = Buffer.from([0x53, 0, 0, 0, 4]);
/** The messages that call for a ReadyForQuery: Sync and Query. */
const callForReady: ReadonlySet<number> = new Set([0x53, 0x51]);

/**
 * Asks a server with a Sync message whether it is still there after a second of silence: a connection that a load balancer forgot says nothing, and the
 * kernel gives it up only after a quarter of an hour. While there is always something to do nothing is asked.
 */
export class IdleCheck {
  readonly #write: (bytes: Buffer) => void;
  readonly #onSilent: () => void;
  /** How many more ReadyForQuery the driver's messages call for. A COPY may leave some that never come; its connection is then not asked any more. */
  #readiesDue = 0;
  #idleSince = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #asked: { readonly done: Promise<void>; end(): void } | undefined;

  /** @param onSilent called when the server does not answer. */
  constructor(write: (bytes: Buffer) => void, onSilent: () => void) {
    this.#write = write;
    this.#onSilent = onSilent;
  }

  /** Whether the driver waits for the server. */
  get waits(): boolean {
    return this.#readiesDue > 0;
  }

  /** Resolves when the server has answered, or the connection is over; undefined when there is nothing to ask. */
  ask(now: number): Promise<void> | undefined {
    if (this.#asked !== undefined) return this.#asked.done;
    if (this.#readiesDue > 0 || now < this.#idleSince + idleAllowed) return undefined;
    let end = (): void => {};
    const done = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#asked = { done, end };
    this.#timer = setTimeout(this.#onSilent, answerExpected);
    this.#write(sync);
    return done;
  }

  /** Before this moment `ask` has nothing to ask; until then it may only become later. */
  get nextAsk(): number {
    if (this.#asked !== undefined) return 0;
    return this.#readiesDue > 0 ? performance.now() + idleAllowed : this.#idleSince + idleAllowed;
  }

  /** The driver waits for nothing. */
  get isQuiet(): boolean {
    return this.#readiesDue === 0;
  }

  /** The driver has written whole messages. */
  wrote(bytes: Buffer): void {
    for (let at = 0; at + sync.length <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1)) {
      if (callForReady.has(bytes[at] as number)) this.#readiesDue++;
    }
  }

  /** The server is ready for the next query; gives whether that is the answer to the question, and nothing for the driver. */
  answers(): boolean {
    this.#idleSince = performance.now();
    if (this.#asked !== undefined) {
      this.end();
      return true;
    }
    this.#readiesDue = Math.max(0, this.#readiesDue - 1);
    return false;
  }

  /** Nobody waits any longer. */
  end(): void {
    clearTimeout(this.#timer);
    this.#asked?.end();
    this.#asked = undefined;
  }
}
