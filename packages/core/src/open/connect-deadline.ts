import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import { AzurePgError } from '../errors/azure-pg-error.ts';

const manyConnections = 5000;

/**
 * Milliseconds that a server may take for a step where there will be another attempt: a silent one is given up while there is time to ask
 * again, perhaps at another address. Signing in may have to wait for a pooler's server.
 */
const longestStep = { resolving: 5000, reaching: 5000, signingIn: 10_000 } as const;

/**
 * The time that connecting may take, and the caller's wish to stop. One host or address that does not answer gets only its share of
 * what is left, so that those after it have theirs: with 30 s and three hosts, 10 s for the first, and whatever it leaves is shared again.
 */
export class ConnectDeadline {
  readonly #controller = new AbortController();
  readonly #end: number | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #caller: AbortSignal | undefined;
  readonly #retried: boolean;
  /** One of {@link stages}, for the message. */
  stage = 'beginning';
  /** The last failure that was followed by another attempt, and how many there were before. */
  failed: { readonly error: AzurePgError; readonly attempts: number } | undefined;

  /**
   * @param timeout milliseconds; 0: none.
   * @param retried there will be another attempt.
   */
  constructor(timeout: number, caller: AbortSignal | undefined, retried = false) {
    this.#caller = caller;
    this.#retried = retried;
    if (caller?.aborted) this.#onAbort();
    else if (caller !== undefined) {
      // One signal for all connections of a pool is not a leak, and Node.js should not warn of one.
      if (getMaxListeners(caller) === defaultMaxListeners) setMaxListeners(manyConnections, caller);
      caller.addEventListener('abort', this.#onAbort, { once: true });
    }
    if (timeout > 0) {
      this.#end = performance.now() + timeout;
      // It keeps the program alive: where nothing else does, it would end without the error that somebody waits for.
      this.#timer = setTimeout(() => this.#controller.abort(timedOut(timeout, this)), timeout);
    }
  }

  /** Fires at the deadline or with the caller's; the reason is the error to throw. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds for this step with one of so many still to be tried; undefined: up to the deadline. */
  share(among: number, step: keyof typeof longestStep): number | undefined {
    const left = this.#end === undefined ? Number.POSITIVE_INFINITY : this.#end - performance.now();
    const share = Math.min(left / Math.max(1, among), this.#retried ? longestStep[step] : left);
    return share < left ? Math.max(1, share) : undefined;
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

function timedOut(timeout: number, { stage, failed }: ConnectDeadline): AzurePgError {
  const before =
    failed === undefined ? '' : `; before, attempt ${failed.attempts} failed: ${failed.error.message}`;
  return new AzurePgError(
    'CONNECT_TIMEOUT',
    `Connecting took longer than ${timeout / 1000} s (connect_timeout); it was ${stage}${before}`,
    {
      ...(failed === undefined ? {} : { cause: failed.error }),
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
