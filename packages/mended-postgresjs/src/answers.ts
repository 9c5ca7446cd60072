import { followCopy, isCopyStream } from './copy-stream.ts';
import type { Held } from './held.ts';
import type { InstanceState } from './instance-state.ts';
import type { Query, Send } from './query.ts';

/**
 * Sees to it that a query gets its own answer, whole: called just before the query is sent.
 *
 * The driver counts the rows of a result and does not begin again when one fails half-way: the next one has that many holes in front. They
 * are taken out. And an answer that was meant for an earlier connection does not reach a query that has not been sent.
 */
export function followAnswer(query: Query, state: InstanceState, send: Send, held: Held | undefined): void {
  const { resolve, reject } = query;
  const untrack = state.track(query, (reason) => query.reject(reason), held === undefined);
  held?.pending.add(query);
  const answered = (): void => {
    held?.pending.delete(query);
    untrack();
  };
  let failCopy: ((reason: unknown) => void) | undefined;
  query.resolve = (answer) => {
    if (isCopyStream(answer)) failCopy = followCopy(answer, state.socketOf(query), answered);
    else answered();
    withoutHoles(answer);
    resolve(answer);
  };
  query.reject = (reason) => {
    if (state.isUnsent(query, () => send(query))) return;
    answered();
    failCopy?.(reason);
    reject(reason);
  };
}

/** Takes out the rows that the driver left room for in front. Of several results it can only be the first. */
export function withoutHoles(answer: unknown): void {
  if (!Array.isArray(answer) || answer.length === 0) return;
  if (!(0 in answer)) {
    const first = answer.findIndex((_row, index) => index in answer);
    answer.splice(0, first < 0 ? answer.length : first);
  } else if (Array.isArray(answer[0]) && 'command' in answer[0]) withoutHoles(answer[0]);
}
