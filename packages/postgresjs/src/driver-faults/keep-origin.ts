import type { Query } from './query.ts';
import type { Call } from './watch.ts';

const known = new WeakSet<object>();

/**
 * Keeps the line of the user's program in the errors of a tagged query. The driver looks four calls up for it, and a function around `sql`
 * takes places of those. It remembers an Error for each template in the program, which all queries of that template share: that one
 * is given the template's place, once.
 *
 * @param calledAs the function that the program called.
 */
export function keepOrigin(query: Query, calledAs: Call): void {
  const { strings, handler } = query;
  // With `debug` the driver keeps the whole stack of each query.
  if (handler?.debug || known.has(strings)) return;
  known.add(strings);
  const symbol = Object.getOwnPropertySymbols(query).find(({ description }) => description === 'OriginError');
  const origin = symbol && (query as unknown as Record<symbol, unknown>)[symbol];
  if (!(origin instanceof Error)) return;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(origin, calledAs);
  Error.stackTraceLimit = stackTraceLimit;
}
