import { sendEmptyUnlessSerializable } from './arguments.ts';
import type { LiveOptions } from './driver-socket.ts';
import type { Query } from './query.ts';

const parameters = Symbol('parameters');
const isBuilt = Symbol('built');
const retried = Symbol('retried');

interface Watched extends Query {
  [parameters]?: Query['parameters'];
  [isBuilt]?: boolean;
  [retried]?: unknown;
}

/**
 * Watches two fields of the driver's queries of one instance, whose class gets a derived prototype for that: to redefine the fields of each
 * query would make it a slow object for V8.
 *
 * - `parameters`: assigned while the driver builds a query, and read next when it is about to write it; then it is looked at whether they can be sent.
 * - `retried`: when a prepared statement no longer fits its tables, the driver prepares it again, with parameters that it has already written
 *   as texts, and writes them once more: true becomes false, JSON a string of JSON. It gets what the program gave instead.
 */
export function watchFields(options: LiveOptions): (query: Query) => void {
  let watched: object | undefined;
  return (query) => {
    const prototype = Object.getPrototypeOf(query) as object;
    if (prototype === watched) return;
    watched ??= Object.create(prototype, {
      parameters: {
        get(this: Watched) {
          if (this[isBuilt] === true) {
            this[isBuilt] = false;
            // One that is not prepared is described first; then it is the one that is running.
            if (this.prepared) sendEmptyUnlessSerializable(this, this[parameters] ?? [], options);
          }
          return this[parameters];
        },
        set(this: Watched, value: Query['parameters']) {
          this[parameters] = value;
          this[isBuilt] = value !== null;
        },
      },
      retried: {
        get(this: Watched) {
          return this[retried];
        },
        set(this: Watched, error: unknown) {
          this[retried] = error;
          this.parameters = null;
        },
      },
    }) as object;
    Object.setPrototypeOf(query, watched);
  };
}
