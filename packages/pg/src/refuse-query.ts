import type { SessionGuard } from '@azure-pg/core/adapter';
import type { DriverClient, DriverQuery } from './driver-client.ts';

interface Query {
  submit?: unknown;
  callback?: unknown;
  handleError?(error: Error, connection: unknown): void;
}

/** The callback of a query, where it was made with one. */
export const queryListener = (config: unknown, values: unknown, callback: unknown): unknown =>
  [values, callback, (config as Query | null)?.callback].find((each) => typeof each === 'function');

/** Fails a query without sending it, in the way it was made: by promise, callback, or the query's own error event. */
export function refuseQuery(
  client: DriverClient,
  error: Error,
  config: unknown,
  values: unknown,
  callback: unknown,
): unknown {
  const query = config as Query;
  const listener = queryListener(config, values, callback);
  if (typeof query.submit === 'function') {
    if (!query.callback && listener !== undefined) query.callback = listener;
    process.nextTick(() => query.handleError?.(error, client.connection));
    return query;
  }
  if (listener === undefined) return client._Promise.reject(error);
  process.nextTick(listener as (error: Error) => void, error);
  return undefined;
}

/** Looks at the queries that were asked for before anybody knew what the pooler is, and removes those that must not be sent. */
export function refuseQueued(client: DriverClient, guard: SessionGuard): void {
  const queue = (client._queryQueue ?? client.queryQueue ?? []) as DriverQuery[];
  let inTransaction = false;
  for (const query of [...queue]) {
    const text = query.text ?? '';
    const refusal = guard(text, inTransaction);
    inTransaction = transactionAfter([text], inTransaction);
    if (refusal === undefined) continue;
    queue.splice(queue.indexOf(query), 1);
    process.nextTick(() => query.handleError(refusal, client.connection));
  }
}

/** Whether a client will be in a transaction after these texts. */
export function transactionAfter(texts: readonly string[], before: boolean): boolean {
  return texts.reduce((inTransaction, text) => {
    if (/^\s*(?:begin|start\s+transaction)\b/i.test(text)) return true;
    return /^\s*(?:commit|end|rollback|abort)\b/i.test(text) ? false : inTransaction;
  }, before);
}
