import { Held } from './held.ts';
import type { DriverConnection, Query } from './query.ts';
import { watchScope } from './scopes.ts';
import type { Call, Scope, Watch } from './watch.ts';

/** What `begin` sends first, before it waits for anything: with its option, which is given the connection. */
interface BeginOptions {
  onexecute(connection: DriverConnection): unknown;
}

/** A transaction that has begun, or is about to. */
interface Begun {
  query?: Query;
  readonly held: Held;
  onOver?(reason: unknown): void;
}

/**
 * Ends transactions with the connection that they began on. The driver makes a broken connection again in the same object, and a
 * transaction that is still going on holds on to that object: its next query, or its ROLLBACK, then takes part in whatever transaction runs
 * there now, which loses rows and is reported as committed; or meets no socket, and a TypeError ends the process.
 *
 * Here such a query is rejected with the reason why the connection ended, and the driver's own ROLLBACK and COMMIT are never reached: `begin`
 * has been rejected before.
 */
export function holdTransactions(scope: Scope, watch: Watch): void {
  const { state } = watch;
  const { unsafe, begin } = scope;
  if (begin === undefined) return;
  let beginning: Begun | undefined;
  scope.unsafe = (...values) => {
    const options = (values as unknown[])[2];
    if (beginning === undefined || !isBegin(options)) return unsafe(...values);
    const begun = beginning;
    const { onexecute } = options;
    options.onexecute = (connection) => {
      const socket = state.socketOf(begun.query);
      if (socket !== undefined) {
        socket.connection = connection;
        begun.held.hold(socket, (reason) => begun.onOver?.(reason));
      }
      return onexecute(connection);
    };
    begun.query = unsafe(...values) as Query;
    return begun.query;
  };
  scope.begin = (...values) => {
    const held = new Held();
    const begun: Begun = { held };
    const bound = (values as unknown[]).map((value) =>
      typeof value === 'function' ? inScope(value as Call, watch, held) : value,
    );
    beginning = begun;
    try {
      return untilOver(begin(...(bound as never[])) as Promise<unknown>, watch, begun);
    } finally {
      beginning = undefined;
    }
  };
}

const isBegin = (options: unknown): options is BeginOptions =>
  typeof options === 'object' && options !== null && 'onexecute' in options;

/** A transaction's result; the reason why its connection ended when it has, and nothing of what the driver says after that. */
function untilOver(running: Promise<unknown>, { state }: Watch, begun: Begun): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = state.track(begun, reject, true);
    const settle = (): void => {
      done();
      begun.held.release();
    };
    // What was answered before it ended comes first. Only from 3.4.3 on the driver rejects a transaction with its connection.
    begun.onOver = (reason) => {
      setImmediate(() => {
        settle();
        reject(reason);
      });
    };
    running.then(
      (result) => {
        settle();
        resolve(result);
      },
      (error: unknown) => {
        settle();
        const { lost } = begun.held;
        // The driver says only that it has closed.
        reject(lost !== undefined && isClosed(error) ? lost.reason : error);
      },
    );
  });
}

const isClosed = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === 'CONNECTION_CLOSED';

/** A transaction's or savepoint's function, for which everything ends when the connection does. */
function inScope(run: Call, watch: Watch, held: Held): Call {
  return (inner: Scope) => {
    const { savepoint } = inner;
    if (savepoint !== undefined) {
      inner.savepoint = (...values) =>
        held.lost !== undefined
          ? Promise.reject(held.lost.reason)
          : savepoint(
              ...((values as unknown[]).map((value) =>
                typeof value === 'function' ? inScope(value as Call, watch, held) : value,
              ) as never[]),
            );
    }
    const bound = watchScope(inner, watch, held);
    if (held.socket === undefined) return run(bound as never);
    return new Promise((resolve, reject) => {
      const result = run(bound as never);
      Promise.resolve(Array.isArray(result) ? Promise.all(result) : result).then(
        (value) => held.lost ?? resolve(value),
        (error: unknown) => held.lost ?? reject(error),
      );
    });
  };
}
