import type { Socket } from 'node:net';
import type driver from 'postgres';
import { type Backend, type Call, eachQuery, type Query, type Scope } from './each-query.ts';

/** A transaction that has begun, or is about to. */
interface Begun {
  query?: Query;
  /** Called with the socket as soon as it is known; gives it back. */
  found?: (socket: Socket | undefined) => Socket | undefined;
}

const sockets = new Map<string, Socket>();

/** Lets the queries that run on a socket be told from those of its successor, which the driver puts in its place. */
export function rememberSocket(socket: Socket, processId: number | undefined, key: Buffer | undefined): void {
  if (processId === undefined || key === undefined) return;
  const name = nameOf({ pid: processId, secret: key.readUInt32BE(0) });
  sockets.set(name, socket);
  socket.once('close', () => sockets.delete(name));
}

const nameOf = ({ pid, secret }: Backend): string => `${(pid ?? 0) >>> 0} ${(secret ?? 0) >>> 0}`;

const socketOf = (query: Query | undefined): Socket | undefined =>
  query?.state ? sockets.get(nameOf(query.state)) : undefined;

/**
 * Ends transactions and reserved connections with the connection that they began on. The driver makes a broken connection anew in the same
 * object, and a transaction that is still going on holds on to that object: its next query, or its ROLLBACK, then takes part in whatever
 * transaction runs there now, which loses rows and is reported as committed; or meets no socket, and a TypeError ends the process.
 *
 * Here such a query is rejected with CONNECTION_CLOSED, and the driver's own ROLLBACK and COMMIT are never reached: `begin` has been rejected
 * before.
 */
export function endWithConnection(sql: driver.Sql, state: { readonly ending: boolean }): void {
  const scope = sql as unknown as Scope;
  const { unsafe, begin, reserve } = scope;
  let beginning: Begun | undefined;
  scope.unsafe = (...values) => {
    const query = unsafe(...values);
    const [, , options] = values as unknown[];
    // What `begin` sends first, which it does before it waits for anything.
    if (
      beginning !== undefined &&
      typeof options === 'object' &&
      options !== null &&
      'onexecute' in options
    ) {
      beginning.query = query as Query;
    }
    return query;
  };
  if (begin !== undefined) {
    scope.begin = (...values) => {
      const begun: Begun = {};
      const bound = (values as unknown[]).map((value) =>
        typeof value === 'function'
          ? inScope(value as Call, () => begun.found?.(socketOf(begun.query)))
          : value,
      );
      beginning = begun;
      try {
        return untilClosed(begin(...(bound as never[])) as Promise<unknown>, begun);
      } finally {
        beginning = undefined;
      }
    };
  }
  if (reserve !== undefined) {
    scope.reserve = async () => {
      const reserved = await reserve();
      let socket: Socket | undefined;
      let lost = false;
      let asked: Promise<unknown> | undefined;
      let released = false;
      const { release, unsafe: ask } = reserved;
      // A closed connection that is given back would be lent again.
      const isOver = (): boolean => lost || socket?.destroyed === true;
      const giveBack = (): void => {
        if (isOver()) return;
        // The driver closes a connection of an instance that is ending after a query, and not when it is given back.
        if (state.ending) Promise.resolve(ask('' as never)).catch(() => {});
        release?.();
      };
      reserved.release = () => {
        released = true;
        if (asked === undefined) giveBack();
        else asked.then(giveBack, giveBack);
      };
      const bound = bindQueries(reserved, isOver, (query) => {
        socket ??= socketOf(query);
        // It had closed by then; only a server that gives no numbers has connections that are never known.
        lost = socket === undefined && Boolean(query.state?.pid);
      });
      // Only a query tells which connection it is, and that might break before the first one: an empty one asks. Whoever begins at once is
      // not kept waiting by it.
      process.nextTick(() => {
        if (socket === undefined && !released)
          asked = (bound.unsafe('' as never) as Promise<unknown>).catch(() => {});
      });
      return bound;
    };
  }
}

/** Rejects when the connection is lost. From 3.4.3 on the driver does that itself, and first. */
function untilClosed(running: Promise<unknown>, begun: Begun): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let socket: Socket | undefined;
    const closed = (): void => void setImmediate(() => reject(connectionClosed()));
    begun.found = (found) => {
      socket = found?.once('close', closed);
      return found;
    };
    running.then(resolve, reject).finally(() => socket?.off('close', closed));
  });
}

/** A transaction's or savepoint's function, for which everything ends when the connection does. */
function inScope(run: Call, findSocket: () => Socket | undefined): Call {
  return (inner: Scope & object) => {
    const socket = findSocket();
    if (socket === undefined) return run(inner as never);
    const isOver = (): boolean => socket.destroyed;
    const { savepoint } = inner;
    if (savepoint !== undefined) {
      inner.savepoint = (...values) =>
        isOver()
          ? Promise.reject(connectionClosed())
          : savepoint(
              ...(values.map((value: unknown) =>
                typeof value === 'function' ? inScope(value as Call, () => socket) : value,
              ) as never[]),
            );
    }
    const bound = bindQueries(inner, isOver);
    return new Promise((resolve, reject) => {
      const result = run(bound as never);
      Promise.resolve(Array.isArray(result) ? Promise.all(result) : result).then(
        (value) => isOver() || resolve(value),
        (error: unknown) => isOver() || reject(error),
      );
    });
  };
}

/** Rejects the queries of a scope whose connection is gone. */
function bindQueries<T extends object>(scope: T, isOver: () => boolean, sent?: (query: Query) => void): T {
  return eachQuery(scope, () => (isOver() ? connectionClosed() : undefined), sent);
}

function connectionClosed(): Error {
  return Object.assign(new Error('write CONNECTION_CLOSED: the connection of this transaction is gone'), {
    code: 'CONNECTION_CLOSED',
    errno: 'CONNECTION_CLOSED',
  });
}
