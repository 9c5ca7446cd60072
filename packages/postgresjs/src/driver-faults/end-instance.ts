import { connectionError } from './drivers-error.ts';
import type { InstanceState } from './instance-state.ts';

/** `sql.end` as the driver makes it. */
export type End = (limit?: { timeout?: number | undefined }) => Promise<void>;

/**
 * `sql.end`, after which everything has an answer and nothing keeps the process alive: what was asked before is answered first, for as long as
 * `timeout` (seconds) allows; then the rest is rejected, and every connection is closed, also those that are still being made. The driver forgets
 * what waits for a connection, and never comes to an end where one broke, or never opened, or where the server has gone silent.
 */
export function endOf(end: End, state: InstanceState): End {
  let ended: Promise<void> | undefined;
  return async ({ timeout } = {}) => {
    // What was asked in the same turn counts, as with the driver.
    await 1;
    ended ??= endNow(end, state, timeout ?? undefined);
    return ended;
  };
}

async function endNow(end: End, state: InstanceState, timeout: number | undefined): Promise<void> {
  state.ends.abort();
  const answered = state.when(() => state.pending.size === 0);
  await (timeout === undefined ? answered : within(timeout * 1000, answered));
  const late = state.pending.size > 0;
  await end({ timeout: 0 });
  // What is still being connected would otherwise stay open.
  state.ended.abort();
  if (late) {
    const reason = connectionError('CONNECTION_DESTROYED', state.place);
    state.pending.reject(reason);
    for (const socket of state.sockets) socket.destroy();
  } else {
    for (const socket of state.sockets) socket.closeSoon();
    await state.when(() => state.sockets.size === 0);
  }
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
