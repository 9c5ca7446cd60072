/** Time and randomness, so that tests and simulations can control both. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** At least 0, less than 1; spreads the requests of many processes. */
  random(): number;
  /** Calls back once after so many milliseconds; gives the way to call that off. `keepAlive`: somebody waits for it, so the process must not end before. */
  after(milliseconds: number, callback: () => void, keepAlive: boolean): () => void;
}

/** setTimeout's own limit, 24.8 days: a longer wait would not wait at all. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(milliseconds, callback, keepAlive) {
    const timer = setTimeout(callback, Math.min(longestTimer, Math.max(0, milliseconds)));
    if (!keepAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
