import type { Clock } from './clock.ts';

/**
 * Waits for a shared promise without owning it: when the signal fires or the time is up, only this caller stops waiting. Rejects
 * with the signal's reason, or with what `onTimeout` makes. Leaves no listener and no timer behind.
 */
export function waitFor<T>(
  promise: Promise<T>,
  clock: Clock,
  options: { signal?: AbortSignal | undefined; timeout?: number | undefined; onTimeout: () => Error },
): Promise<T> {
  const { signal, timeout, onTimeout } = options;
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) {
      // Nobody else may be there for its failure, which would end the program.
      promise.catch(() => undefined);
      reject(signal.reason);
      return;
    }
    const abort = (): void => {
      done();
      reject(signal?.reason);
    };
    const cancel =
      timeout === undefined
        ? undefined
        : clock.after(
            timeout,
            () => {
              done();
              reject(onTimeout());
            },
            true,
          );
    const done = (): void => {
      cancel?.();
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort, { once: true });
    promise.then(
      (value) => {
        done();
        resolve(value);
      },
      (error: unknown) => {
        done();
        reject(error);
      },
    );
  });
}
