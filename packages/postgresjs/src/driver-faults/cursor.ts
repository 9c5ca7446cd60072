import { withoutHoles } from './answers.ts';
import type { Query } from './query.ts';

interface Iterator {
  next(): IteratorResult<unknown[]> | Promise<IteratorResult<unknown[]>>;
  return(): unknown;
}

/** What a cursor's query belongs to. */
export interface CursorScope {
  /** Cursors whose rows the program is looking at: their queries go on when it asks for more. */
  readonly waiting: Set<Query>;
  /** Handles a query's answer; called again when the driver recreates its `resolve` and `reject`. */
  follow(query: Query): void;
}

/**
 * `cursor` of a scope's queries, which makes it end as the server says. The driver forgets a failure that comes while the program is busy with
 * the rows that it has (its loop ends as if all had been read), and after it writes to whatever connection took the place of the cursor's.
 */
export function cursorOf(scope: CursorScope): Query['cursor'] {
  return function (this: Query, ...given) {
    const { cursor } = Object.getPrototypeOf(this) as Query;
    const made = Reflect.apply(cursor, this, given) as Query & { [Symbol.asyncIterator]?: () => Iterator };
    const iterate = made[Symbol.asyncIterator];
    if (iterate === undefined) watchCallback(this, scope);
    else made[Symbol.asyncIterator] = () => watchedIterator(this, iterate(), scope);
    return made;
  };
}

function watchCallback(query: Query, { waiting }: CursorScope): void {
  const { cursorFn, resolve, reject } = query;
  let seen: Promise<unknown> = Promise.resolve();
  const look = async (rows: unknown[]): Promise<unknown> => {
    withoutHoles(rows);
    waiting.add(query);
    try {
      return await cursorFn?.(rows);
    } finally {
      waiting.delete(query);
    }
  };
  query.cursorFn = (rows) => {
    seen = look(rows);
    // It has been rejected meanwhile: the driver must not go on.
    const goOn = (): unknown => (query.active ? seen : new Promise(() => {}));
    const next = seen.then(goOn, goOn);
    next.catch(() => {});
    return next;
  };
  // The driver does not wait for what the program does with the last rows, nor hears that it failed.
  query.resolve = (answer) => void seen.then(() => resolve(answer), reject);
}

function watchedIterator(query: Query, iterator: Iterator, { waiting, follow }: CursorScope): Iterator {
  let failure: { readonly reason: unknown } | undefined;
  let steps = 0;
  let done = false;
  const last = (): IteratorResult<unknown[]> => {
    done = true;
    return { done: true, value: undefined };
  };
  return {
    async next() {
      waiting.delete(query);
      if (done) return last();
      if (failure !== undefined) {
        done = true;
        throw failure.reason;
      }
      const before = query.reject;
      const step = iterator.next();
      const { reject } = query;
      if (reject !== before) {
        query.reject = (reason) => {
          failure ??= { reason };
          reject(reason);
        };
        // The first step sends it, and is followed then.
        if (steps++ > 0) follow(query);
      }
      try {
        const result = await step;
        if (result.done) return last();
        withoutHoles(result.value);
        waiting.add(query);
        return result;
      } catch (error) {
        done = true;
        throw error;
      }
    },
    return() {
      waiting.delete(query);
      // The driver would write to the connection, which is another one by now.
      if (!done && failure === undefined) iterator.return();
      return last();
    },
  };
}
