import { keepOrigin } from './keep-origin.ts';

/** The driver's query, as far as it is looked at here. */
export interface Query {
  readonly strings: readonly string[];
  /** Called when the query is to be sent; all queries of a scope have the same. */
  handler?: ((query: Query) => void) & { debug?: unknown };
  /** Set when it is given to a connection; that connection's own object, which changes as the connection is made anew. */
  readonly state?: Backend | null;
  reject(reason: unknown): void;
}

/** What the driver knows a connection by: the process id and the secret of its BackendKeyData. */
export interface Backend {
  readonly pid: number | null;
  readonly secret: number | null;
}

export type Call = (...values: never[]) => unknown;

/** `sql`, or the one of a transaction or a reserved connection. */
export interface Scope {
  unsafe: Call;
  begin?: Call;
  savepoint?: Call;
  reserve?: () => Promise<Scope & object>;
  release?: () => void;
}

/**
 * Lets every query of a scope be looked at just before it goes to a connection: earlier it may still become a part of another query. (The
 * driver reads the text of `sql.file()` later still.)
 *
 * @param before gives the error with which the query is rejected instead, or throws it.
 * @param after is told of what was sent.
 */
export function eachQuery<T extends object>(
  scope: T,
  before: (query: Query) => Error | undefined,
  after?: (query: Query) => void,
): T {
  let original: Query['handler'];
  let watched: Query['handler'];
  const watch = (made: unknown): unknown => {
    const query = made as Query;
    const { handler } = query;
    if (typeof handler !== 'function') return made;
    if (handler !== original || watched === undefined) {
      original = handler;
      watched = Object.assign(
        (ready: Query): void => {
          try {
            const refusal = before(ready);
            if (refusal !== undefined) throw refusal;
          } catch (reason) {
            ready.reject(reason);
            return;
          }
          handler(ready);
          after?.(ready);
        },
        { debug: handler.debug },
      );
    }
    query.handler = watched;
    return made;
  };
  const inner = scope as T & Scope;
  const { unsafe } = inner;
  inner.unsafe = (...values) => watch(unsafe(...values));
  const apply = (target: T, self: unknown, values: unknown[]): unknown => {
    depth++;
    try {
      const made = Reflect.apply(target as unknown as Call, self, values);
      // Who stands around another one is called by the program.
      if (depth === 1 && typeof (made as Query).handler === 'function') keepOrigin(made as Query, apply);
      return watch(made);
    } finally {
      depth--;
    }
  };
  return new Proxy(scope, { apply });
}

/** How many of these functions are being called, one around the other. */
let depth = 0;
