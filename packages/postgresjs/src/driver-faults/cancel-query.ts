import { generic } from './drivers-error.ts';
import type { Cancel, Query } from './query.ts';

const nothing: readonly string[] = [''];

/** Whether a query was cancelled before it was sent: it still goes out, as an empty one. */
export const isCancelledUnsent = ({ strings }: Query): boolean => strings === nothing;

/**
 * Lets a query be cancelled whatever has become of it. Where it has not been sent the driver leaves it out, and with it everything that goes on
 * when it is answered: its connection is lost to the pool, the queries behind it in a transaction wait forever. Such a query is rejected, and
 * goes out as an empty one. Where it waits behind others on its connection, the driver takes the answers of the next for those of this one:
 * it is cancelled when its turn comes.
 *
 * @param cancel the driver's.
 */
export function cancelsInTime(cancel: Cancel): Cancel {
  return async (query) => {
    if (query.state === null) {
      query.strings = nothing;
      query.args = [];
      query.options = { ...query.options, simple: true, prepare: false };
      query.reject(generic('57014', 'canceling statement due to user request'));
    } else if (query.active) await cancel(query);
    else await cancelInTurn(query, cancel);
  };
}

function cancelInTurn(query: Query, cancel: Cancel): Promise<void> {
  return new Promise((resolve, reject) => {
    let active = false;
    Object.defineProperty(query, 'active', {
      configurable: true,
      enumerable: true,
      get: () => active,
      set(now: boolean) {
        active = now;
        Object.defineProperty(query, 'active', {
          value: now,
          configurable: true,
          enumerable: true,
          writable: true,
        });
        if (now) cancel(query).then(resolve, reject);
        else resolve();
      },
    });
  });
}
