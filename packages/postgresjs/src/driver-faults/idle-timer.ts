import type { DriverConnection } from './query.ts';

/**
 * The driver's `idle_timeout` of one connection, which is started at the end of every query and stopped at the beginning of the next: the driver makes
 * a timer of Node.js each time, which costs more than all the rest of ours. This one looks, when the first is due, how long the connection has
 * really been idle.
 */
class IdleTimer implements NonNullable<DriverConnection['idleTimer']> {
  readonly #milliseconds: number;
  readonly #onIdle: () => void;
  #idleSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, onIdle: () => void) {
    this.#milliseconds = milliseconds;
    this.#onIdle = onIdle;
  }

  start(): void {
    this.#idleSince = performance.now();
    this.#timer ??= this.#lookAfter(this.#milliseconds);
  }

  cancel(): void {
    this.#idleSince = undefined;
  }

  /** The socket keeps the process alive as long as there is something to close. */
  #lookAfter(milliseconds: number): NodeJS.Timeout {
    return setTimeout(this.#look, milliseconds).unref();
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    if (this.#idleSince === undefined) return;
    const left = this.#idleSince + this.#milliseconds - performance.now();
    if (left > 0) this.#timer = this.#lookAfter(Math.ceil(left));
    else {
      this.#idleSince = undefined;
      this.#onIdle();
    }
  };
}

/** Puts it in the place of the driver's, whose connection is in use. */
export function replaceIdleTimer(connection: DriverConnection, seconds: unknown): void {
  if (typeof seconds !== 'number' || !(seconds > 0)) return;
  connection.idleTimer?.cancel();
  connection.idleTimer = new IdleTimer(seconds * 1000, () => void connection.end());
}
