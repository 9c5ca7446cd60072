import type { DriverClient } from './driver-client.ts';

interface Query {
  submit?: unknown;
  callback?: unknown;
  handleError?(error: Error, connection: unknown): void;
}

/** Lets a query fail without sending it, in the way in which it was asked: by promise, callback, or the query's own error event. */
export function refuseQuery(
  client: DriverClient,
  error: Error,
  config: unknown,
  values: unknown,
  callback: unknown,
): unknown {
  const query = config as Query;
  const listener = [values, callback, query.callback].find((each) => typeof each === 'function');
  if (typeof query.submit === 'function') {
    if (!query.callback && listener !== undefined) query.callback = listener;
    process.nextTick(() => query.handleError?.(error, client.connection));
    return query;
  }
  if (listener === undefined) return client._Promise.reject(error);
  process.nextTick(listener as (error: Error) => void, error);
  return undefined;
}
