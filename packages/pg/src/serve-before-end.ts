import type pg from 'pg';
import { endingOf } from './pool-ending.ts';

/** What of pg-pool is used here; its types leave it out. */
interface Queue {
  ending: boolean;
  readonly _pendingQueue: readonly unknown[];
  connect(callback?: unknown): unknown;
  end(callback?: unknown): unknown;
  _pulseQueue(): void;
  _release(...values: unknown[]): void;
}

/**
 * Makes a pool that ends first serve those already waiting for a client; pg-pool forgets them, and their promises never settle.
 * Later callers are refused, as by pg.
 */
export function serveBeforeEnd(pool: pg.Pool): void {
  const queue = pool as unknown as Queue;
  const { connect, end, _pulseQueue: pulse, _release: release } = queue;
  let ended = false;
  /** Does something as if the pool did, or did not, end. */
  const as = <T>(ending: boolean, work: () => T): T => {
    const before = queue.ending;
    queue.ending = ending;
    try {
      return work();
    } finally {
      queue.ending = before;
    }
  };
  const someWait = (): boolean => queue.ending && queue._pendingQueue.length > 0;
  queue._pulseQueue = () => (someWait() ? as(false, () => pulse.call(queue)) : pulse.call(queue));
  queue._release = (...values) =>
    someWait() ? as(false, () => release.apply(queue, values)) : release.apply(queue, values);
  // Also in a callback that is called while somebody is served.
  queue.connect = (callback) =>
    ended ? as(true, () => connect.call(queue, callback)) : connect.call(queue, callback);
  queue.end = (callback) => {
    if (ended) return as(true, () => end.call(queue, callback));
    ended = true;
    endingOf(pool.options).abort();
    return end.call(queue, callback);
  };
}
