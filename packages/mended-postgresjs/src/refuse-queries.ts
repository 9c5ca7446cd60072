import { type Call, eachQuery, type Scope } from './each-query.ts';

/**
 * Looks at a query before it is sent; gives the error with which it is rejected instead.
 *
 * @param inTransaction whether it runs in a transaction, or may: who reserves a connection may begin one by hand.
 */
export type Refuse = (text: string, inTransaction: boolean) => Error | undefined;

/** Lets `refuse` see every query of a `sql`, and of its transactions and reserved connections. */
export function refuseQueries<T extends object>(sql: T, refuse: Refuse, inTransaction = false): T {
  const scope = sql as T & Scope;
  const within = (value: unknown): unknown =>
    typeof value !== 'function' ? value : (inner: object) => value(refuseQueries(inner, refuse, true));
  const watching =
    (call: Call): Call =>
    (...values) =>
      call(...(values.map(within) as never[]));
  const { begin, savepoint, reserve } = scope;
  if (begin !== undefined) scope.begin = watching(begin);
  if (savepoint !== undefined) scope.savepoint = watching(savepoint);
  if (reserve !== undefined) scope.reserve = async () => refuseQueries(await reserve(), refuse, true);
  return eachQuery(sql, (query) => refuse(query.strings.join('?'), inTransaction));
}
