import type driver from 'postgres';

type Reserved = Awaited<ReturnType<driver.Sql['reserve']>>;

/**
 * Lets `sql.reserve` be answered always. The driver keeps those who wait in one queue with its queries, and has two faults there. When a
 * connection closes it opens it anew for the first who waits, and then forgets a reservation: it is never answered. And a reservation that was
 * refused stays in the queue: if it is lent a connection, that is lost to the pool.
 *
 * So one waits at a time, and whenever a connection closes it asks once more.
 */
export function answerReserve(sql: driver.Sql): void {
  const { reserve } = sql;
  const options = sql.options as unknown as { onclose: ((id: number) => unknown) | null };
  const { onclose } = options;
  let askAgain: (() => void) | undefined;
  options.onclose = (id) => {
    // Not now: the driver is about to take the one who waits out of its queue.
    if (askAgain !== undefined) setImmediate(askAgain);
    return onclose?.(id);
  };
  const ask = (): Promise<Reserved> =>
    new Promise((resolve, reject) => {
      const tryOnce = (): void => {
        if (askAgain !== tryOnce) return;
        reserve().then(
          (reserved) => {
            if (askAgain !== tryOnce) return reserved.release();
            askAgain = undefined;
            resolve(reserved);
          },
          (reason: Error) => {
            if (askAgain === tryOnce) askAgain = undefined;
            reject(reason);
          },
        );
      };
      askAgain = tryOnce;
      tryOnce();
    });
  // By then the driver has taken a refused reservation out of its queue.
  const afterwards = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  let turn: Promise<unknown> = Promise.resolve();
  sql.reserve = () => {
    const answer = turn.then(ask);
    turn = answer.then(() => {}, afterwards);
    return answer;
  };
}
