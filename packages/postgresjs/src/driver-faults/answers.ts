import { isCancelledUnsent } from './cancel-query.ts';
import { followCopy, isCopyStream } from './copy-stream.ts';
import type { DriverSocket } from './driver-socket.ts';
import { connectionClosed } from './drivers-error.ts';
import type { Held } from './held.ts';
import type { InstanceState } from './instance-state.ts';
import { leavePipeline } from './pipeline.ts';
import type { Query, Send } from './query.ts';
import { limitTime } from './query-deadline.ts';
import { avoidStalePlan, recoversFromStalePlan } from './stale-plan.ts';
import type { Watch } from './watch.ts';

/**
 * Makes sure that a query gets its own answer, whole: called just before the query is sent.
 *
 * - The driver counts the rows of a result and does not begin again when one fails half-way: the next one has that many holes in front. They
 *   are taken out.
 * - A query that is sent again, because its prepared statement no longer fits, is sent as it was given, and also where a pooler keeps that
 *   statement forever.
 * - What is meant for an earlier connection does not reach a query that has not been sent.
 * - An answer is reported when the server is ready for the next query: until then an error can follow, such as that of a deferred constraint.
 *   3.4.0 reports it earlier, and then drops the error.
 */
export function followAnswer(query: Query, watch: Watch, send: Send, held: Held | undefined): void {
  const { state, pooled } = watch;
  const { resolve, reject } = query;
  watch.watchFields(query);
  if (pooled) avoidStalePlan(query);
  const untrack = state.track(query, (reason) => query.reject(reason), claimsConnection(query, watch, held));
  query.options.onexecute ??= watch.pipeline;
  held?.pending.add(query);
  const limited = query.cursorFn === undefined ? watch.queryTimeout : 0;
  const inTime = limitTime(query, limited, () => state.socketOf(query));
  const answered = (): void => {
    inTime();
    held?.pending.delete(query);
    state.ran(query, leavePipeline(query));
    untrack();
  };
  let settled = false;
  let failCopy: ((reason: unknown) => void) | undefined;
  const settle = (answer: unknown): void => {
    answered();
    if (settled) return;
    settled = true;
    withoutHoles(answer);
    resolve(answer);
  };
  let first: { readonly answer: unknown } | undefined;
  const told = (given: unknown): void => {
    const { reading } = state;
    if (isCopyStream(given)) {
      inTime();
      state.copies.add(query);
      failCopy = followCopy(given, state.socketOf(query), answered);
      resolve(given);
      return;
    }
    // The driver answers `describe` twice: with what was asked for, and without it when the server is ready.
    first ??= { answer: given };
    const { answer } = first;
    if (reading === undefined || reading.isReady) settle(answer);
    // A cursor that was asked for more meanwhile has another one.
    else reading.once('ready', () => (query.resolve === told ? settle(answer) : query.resolve(answer)));
  };
  query.resolve = told;
  query.reject = (reason) => {
    if (state.isUnsent(query, () => send(query))) return;
    if (held === undefined && state.isForClosed(query, reason)) {
      queueMicrotask(() => send(query));
      return;
    }
    const inTransaction = held !== undefined && held.socket?.status !== 'I';
    if (pooled && !settled && recoversFromStalePlan(query, reason, inTransaction)) {
      leavePipeline(query);
      queueMicrotask(() => send(query));
      return;
    }
    // The empty one that goes out in its place keeps a connection busy, too.
    if (settled || query.state !== null || !isCancelledUnsent(query)) answered();
    settled = true;
    failCopy?.(reason);
    if (state.reading !== undefined && !state.reading.isReady)
      stopReading(query, state, state.reading, reason);
    reject(reason);
  };
}

/** Whether it keeps a connection busy by itself: what a transaction or a reservation begins with counts as that. */
export function claimsConnection(
  { options: { onexecute } }: Query,
  { pipeline }: Watch,
  held: Held | undefined,
): boolean {
  return held === undefined && (onexecute === undefined || onexecute === pipeline);
}

/**
 * What the program does with an answer while it is read (a parser, a transformation, `onnotice`) has failed. The driver tells the server to go on,
 * which it does by itself for all but what is described first and a cursor: it tells it once for each row of a cursor, and takes what the server
 * says to that for the answers of the queries that come after.
 */
function stopReading(query: Query, { driver }: InstanceState, socket: DriverSocket, reason: unknown): void {
  if (query.describeFirst) query.describeFirst = false;
  else if (query.cursorFn !== undefined && !(reason instanceof driver.PostgresError)) {
    // The driver is in the middle of the bytes.
    queueMicrotask(() => socket.die(Object.assign(connectionClosed(socket), { cause: reason })));
  }
}

/** Takes out the rows that the driver left room for in front. Of several results it can only be the first. */
export function withoutHoles(answer: unknown): void {
  if (!Array.isArray(answer) || answer.length === 0) return;
  if (!(0 in answer)) {
    const first = answer.findIndex((_row, index) => index in answer);
    answer.splice(0, first < 0 ? answer.length : first);
  } else if (Array.isArray(answer[0]) && 'command' in answer[0]) withoutHoles(answer[0]);
}
