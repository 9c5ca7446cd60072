import type { SessionGuard } from '@azure-pg/core';

/** The driver's query, as far as it is looked at here. */
interface Query {
  readonly strings: readonly string[];
  handler?: Handler;
  reject(error: Error): void;
}
interface Handler {
  (query: Query): void;
  debug?: unknown;
}
type Tag = (...values: never[]) => unknown;
/** `sql`, or the one of a transaction or a reserved connection. */
interface Scope {
  unsafe: Tag;
  begin?: Tag;
  savepoint?: Tag;
  reserve?: () => Promise<Scope>;
}

/**
 * Lets the guard see every query of a `sql` just before it goes to a connection: earlier it may still become a part of another query,
 * whose `set` is an UPDATE's.
 */
export function guardSession<T extends object>(sql: T, guard: SessionGuard, inTransaction: boolean): T {
  const scope = sql as unknown as Scope;
  // All queries of a scope have the same handler.
  let original: Handler | undefined;
  let guarded: Handler | undefined;
  const watch = (made: unknown): unknown => {
    const query = made as Query;
    const { handler } = query;
    if (typeof handler !== 'function') return made;
    if (handler !== original || guarded === undefined) {
      original = handler;
      guarded = Object.assign(
        (ready: Query): void => {
          const refusal = guard(ready.strings.join('?'), inTransaction);
          if (refusal === undefined) handler(ready);
          else ready.reject(refusal);
        },
        { debug: handler.debug },
      );
    }
    query.handler = guarded;
    return made;
  };
  const watching =
    (call: Tag): Tag =>
    (...values) =>
      watch(call(...values));
  const guarding =
    (call: Tag): Tag =>
    (...values) =>
      call(...(values.map(guardArgument) as never[]));
  const guardArgument = (value: unknown): unknown =>
    typeof value !== 'function' ? value : (inner: object) => value(guardSession(inner, guard, true));

  const { unsafe, begin, savepoint, reserve } = scope;
  scope.unsafe = watching(unsafe);
  if (begin !== undefined) scope.begin = guarding(begin);
  if (savepoint !== undefined) scope.savepoint = guarding(savepoint);
  // Whoever reserves a connection may begin a transaction on it by hand.
  if (reserve !== undefined) scope.reserve = async () => guardSession(await reserve(), guard, true);
  return new Proxy(sql, {
    apply: (target, self, values) => watch(Reflect.apply(target as unknown as Tag, self, values)),
  });
}
