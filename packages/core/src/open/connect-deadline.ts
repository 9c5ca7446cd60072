import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import { AzurePgError } from '../errors/azure-pg-error.ts';

const manyConnections = 5000;

/**
 * The time that connecting may take, and the caller's wish to stop. One host or address that does not answer gets only its share of
 * what is left, so that those after it have theirs: with 30 s and three hosts, 10 s for the first, and whatever it leaves is shared again.
 */
export class ConnectDeadline {
  readonly #controller = new AbortController();
  readonly #end: number | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #caller: AbortSignal | undefined;
  /** One of {@link stages}, for the message. */
  stage = 'beginning';

  /**
   * @param timeout milliseconds; 0: none.
   */
  constructor(timeout: number, caller: AbortSignal | undefined) {
    this.#caller = caller;
    if (caller?.aborted) this.#onAbort();
    else if (caller !== undefined) {
      // One signal for all connections of a pool is not a leak, and Node.js should not warn of one.
      if (getMaxListeners(caller) === defaultMaxListeners) setMaxListeners(manyConnections, caller);
      caller.addEventListener('abort', this.#onAbort, { once: true });
    }
    if (timeout > 0) {
      this.#end = performance.now() + timeout;
      // It keeps the program alive: where nothing else does, it would end without the error that somebody waits for.
      this.#timer = setTimeout(() => this.#controller.abort(timedOut(timeout, this.stage)), timeout);
    }
  }

  /** Fires at the deadline or with the caller's; the reason is the error to throw. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds for one of this many still to be tried; undefined: as long as it takes. */
  share(among: number): number | undefined {
    if (this.#end === undefined || among <= 1) return undefined;
    return Math.max(1, (this.#end - performance.now()) / among);
  }

  /** Runs work under a signal that fires with the deadline, or earlier, after its share. */
  async within<T>(
    share: number | undefined,
    onTimeout: () => Error,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (share === undefined) return work(this.signal);
    const part = new AbortController();
    const abort = (): void => part.abort(this.signal.reason);
    if (this.signal.aborted) abort();
    this.signal.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(() => part.abort(onTimeout()), share).unref();
    try {
      return await work(part.signal);
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener('abort', abort);
    }
  }

  /** Removes timer and listener. */
  done(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.#controller.abort(
      new AzurePgError('ABORTED', 'Connecting was aborted by its signal', { cause: this.#caller?.reason }),
    );
  };
}

/** For what nobody answers. */
export const unansweredHint =
  'A firewall that drops packets, or a private endpoint that cannot be reached from here, is the usual reason.';

function timedOut(timeout: number, stage: string): AzurePgError {
  return new AzurePgError(
    'CONNECT_TIMEOUT',
    `Connecting took longer than ${timeout / 1000} s (connect_timeout); it was ${stage}`,
    {
      hint: stage.startsWith(reaching)
        ? unansweredHint
        : 'Give it more time with connect_timeout, or see why it takes so long.',
    },
  );
}

const reaching = 'reaching';

/** What connecting was doing when its time ran out. */
export const stages = {
  resolving: (host: string): string => `resolving "${host}"`,
  reaching: (host: string, port: number): string => `${reaching} "${host}", port ${port}`,
  credential: 'waiting for the credential',
  signingIn: (host: string, port: number): string => `signing in at "${host}", port ${port}`,
} as const;
