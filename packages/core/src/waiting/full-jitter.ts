import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds: the first wait is at most this long, each further one at most twice as long as the one before, none longer than the second. */
const firstWait = 100;
const longestWait = 2000;

/**
 * Milliseconds to wait after so many attempts: random up to a limit that doubles, so that many clients do not all come back in the same moment.
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
export function fullJitter(attempts: number): number {
  return Math.random() * Math.min(longestWait, firstWait * 2 ** (attempts - 1));
}

/** Rejects with the signal's reason when it fires. Somebody waits for what comes after: the timer keeps the program alive. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch {
    throw signal?.reason;
  }
}
