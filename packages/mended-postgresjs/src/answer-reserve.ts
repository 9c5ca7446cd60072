import type driver from 'postgres';
import type { InstanceState } from './mended-instance.ts';

type Reserved = Awaited<ReturnType<driver.Sql['reserve']>>;

interface Waiting {
  answer(reserved: Reserved): void;
  refuse(reason: unknown): void;
}

/**
 * Lets `sql.reserve` be answered always. The driver keeps those who wait in one queue with its queries, and has three faults there. When a
 * connection closes, it opens it anew for the first who waits and then forgets a reservation, which is never answered. A reservation that
 * was refused stays in the queue: lent a connection, that is lost to the pool. And without `fetch_types` a connection that was opened for a
 * reservation is given to nobody.
 *
 * So one waits there at a time, and whenever a connection closes it asks once more; for those behind it connections are opened by a query.
 */
export function answerReserve(sql: driver.Sql, state: InstanceState): void {
  const { reserve, unsafe } = sql;
  const options = sql.options as unknown as {
    max: number;
    fetch_types: boolean;
    onclose: ((id: number) => unknown) | null;
  };
  const { onclose } = options;
  const line: Waiting[] = [];
  let opening = 0;
  options.onclose = (id) => {
    // Not now: the driver is about to take the one who waits out of its queue.
    const [first] = line;
    if (first !== undefined) setImmediate(() => ask(first));
    return onclose?.(id);
  };
  const canOpen = (): boolean => state.open + opening < options.max;
  const open = async (): Promise<void> => {
    opening++;
    try {
      await unsafe('select 1');
    } finally {
      opening--;
    }
  };
  const ask = (first: Waiting): void => {
    if (line[0] !== first) return;
    reserve().then(
      (reserved) => {
        if (line[0] !== first) return reserved.release();
        line.shift();
        state.unreached = false;
        first.answer(reserved);
        if (line[0] !== undefined) ask(line[0]);
      },
      (reason: { code?: string } | null | undefined) => {
        if (line[0] !== first) return;
        state.unreached = true;
        // Where no connection is open nobody else will be answered, either; each would wait for its own connect_timeout.
        const all = state.open === 0 || reason?.code === 'CONNECTION_DESTROYED';
        for (const waiting of line.splice(0, all ? line.length : 1)) waiting.refuse(reason);
        // By then the driver has taken the refused reservation out of its queue.
        setImmediate(() => line[0] && ask(line[0]));
      },
    );
  };
  sql.reserve = async () => {
    if (state.open === 0) state.unreached = true;
    if (!options.fetch_types && canOpen()) await open();
    return new Promise((answer, refuse) => {
      const waiting: Waiting = { answer, refuse };
      if (line.push(waiting) === 1) ask(waiting);
      else if (canOpen()) open().catch(() => {});
    });
  };
}
