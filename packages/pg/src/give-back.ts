import { warnOnce } from '@azure-pg/core/adapter';
import type { ClientState } from './client-state.ts';
import {
  type DriverClient,
  hasQueuedQueries,
  queuedQueries,
  type Release,
  runningQuery,
} from './driver-client.ts';
import { stopListeningInPool } from './listen-past-pooler.ts';
import { clientState } from './own-classes.ts';

/**
 * Wraps a pool's `release`, so that nobody is lent a connection on which something of the former caller's is still going on. pg's pool
 * asks neither for the transaction nor for a query that timed out: what the next caller inserts is then reported and lost. Such a
 * connection is closed. Where queries are still to be answered, the client goes back after the last answer.
 */
export function carefulRelease(client: DriverClient, state: ClientState, release: Release): Release {
  const finish = (error: unknown): void => {
    const reason = error || whyClosed(client, state);
    stopListeningInPool(state);
    state.idleSince = performance.now();
    release(reason);
    if ((reason as Error | undefined)?.message !== leftTransaction) return;
    warnOnce(
      state.connection.logger,
      leftTransaction,
      `${leftTransaction}: its connection was closed, and the server rolls the transaction back. End each transaction with COMMIT or ROLLBACK before release(), and never run BEGIN by pool.query().`,
    );
  };
  return (error) => {
    // pg's pool would notice only after the first release.
    if (state.leave) throw new Error('Release called on client which has already been released to the pool.');
    if (error || !isAnswering(client, state)) return finish(error);
    const leave = (): void => {
      if (isAnswering(client, state)) return;
      state.leave = undefined;
      client.off('drain', leave).off('end', leave);
      finish(undefined);
    };
    state.leave = leave;
    client.on('drain', leave).on('end', leave);
  };
}

/**
 * Whether a pool of somebody else's may lend this client of ours again: it is connected, its server is still the same, and nothing of the former
 * caller's is going on there, no query, no transaction. Of a client that is not ours only pg's own word counts.
 */
export function isReusable(client: object): boolean {
  const driver = client as DriverClient;
  const state = clientState(client);
  if (!isUsable(driver)) return false;
  return state === undefined || (whyClosed(driver, state) === undefined && !isAnswering(driver, state));
}

const leftTransaction = 'A client was given back to its pool inside a transaction';

function whyClosed(client: DriverClient, state: ClientState): Error | undefined {
  // pg's pool closes these itself.
  if (!isUsable(client)) return undefined;
  if (state.server?.outdated) return new Error('The server has changed since this client connected');
  if (state.timedOut) return new Error('A query on this client timed out');
  if (hasOpenCursor(client)) return new Error('A client was given back to its pool with an open cursor');
  return state.inTransaction ? new Error(leftTransaction) : undefined;
}

function isAnswering(client: DriverClient, state: ClientState): boolean {
  if (!isUsable(client) || state.timedOut || hasOpenCursor(client)) return false;
  // A client that is given back by the callback of its connecting is not ready yet, and has nothing to answer.
  const answered = client.readyForQuery || !client.hasExecuted;
  return !answered || Boolean(runningQuery(client)) || hasQueuedQueries(client);
}

const isUsable = ({ _queryable, _ending }: DriverClient): boolean => _queryable && !_ending;

/** Whether the client waits for somebody to read on from a cursor of pg-cursor's or pg-query-stream's; who gave it back will not. */
function hasOpenCursor(client: DriverClient): boolean {
  const query = runningQuery(client) as { cursor?: object } | null | undefined;
  if (!query) return false;
  const { state, _cb, _queue } = (query.cursor ?? query) as {
    state?: string;
    _cb?: unknown;
    _queue?: readonly unknown[];
  };
  return (state === 'idle' || state === 'submitted') && !_cb && _queue?.length === 0;
}

/** Begins or ends a transaction. */
const transactionControl = /^\s*(?:begin|start\s+transaction|commit|end|rollback|abort)\b/i;

/**
 * Notes when pg gives up the query that it was just given, by query_timeout. The query itself goes on, and those behind it wait: a ROLLBACK may
 * never be sent. Where it would begin or end a transaction, the connection is closed at once: nobody will end that transaction, and some
 * (Drizzle after BEGIN, Prisma 6 after ROLLBACK) do not even release the client.
 */
export function noteTimeout(client: DriverClient, state: ClientState): void {
  const query = queuedQueries(client).at(-1) ?? runningQuery(client);
  if (!query) return;
  const { handleError } = query;
  query.handleError = (error, connection) => {
    if (error.message === 'Query read timeout') {
      state.timedOut = true;
      state.leave?.();
      if (transactionControl.test(query.text ?? '')) client.connection.stream.destroy();
    }
    return handleError.call(query, error, connection);
  };
}
