import driver from 'postgres';
import { answerReserve } from './answer-reserve.ts';
import { endWithConnection } from './end-with-connection.ts';
import { mendSubscribe } from './mend-subscribe.ts';

/** What is known of one instance, while it lives. */
export class InstanceState {
  /** Fires when it has ended. */
  readonly ended: AbortController = new AbortController();
  /** How many connections are open. */
  open = 0;
  /** How many are being made. */
  connecting = 0;
  /** Whether `sql.end` has been called. */
  ending = false;
  /** Whether a reservation met no open connection, or was refused, and none has been answered since. */
  unreached = false;
}

/**
 * An instance of the driver's, without its faults.
 *
 * @param options the driver's, or the `options` of another instance.
 * @param state of this instance; its connections are made with the same.
 * @param warn is told what went wrong where there is nobody to reject.
 */
export function mendedInstance(
  options: object,
  state: InstanceState,
  warn: (message: string) => void,
): driver.Sql {
  const sql = withoutVariable('PGTARGETSESSIONATTRS', () => driver({ ...options }));
  const { end } = sql;
  sql.end = async (limit) => {
    state.ending = true;
    // For a connection that is being made for a reservation, and fails, the driver waits without end. The limit is in seconds.
    const ended = end(state.unreached ? { timeout: 1, ...limit } : limit);
    await unlessAllClosed(ended, state);
    // What is still being connected then would otherwise stay open, and keep the process alive.
    state.ended.abort();
  };
  answerReserve(sql, state);
  endWithConnection(sql, state);
  mendSubscribe(sql, warn);
  return sql;
}

/**
 * Waits for the driver's end, which never comes where a connection broke under a query and nobody used it since: there it waits for the answer.
 * It is given up when no connection has been open, or about to be, for longer than {@link backoff} lets a query wait.
 */
async function unlessAllClosed(ended: Promise<void>, state: InstanceState): Promise<void> {
  let idle = 0;
  let watch: NodeJS.Timeout | undefined;
  const closed = new Promise<void>((resolve) => {
    watch = setInterval(() => {
      idle = state.open + state.connecting === 0 ? idle + 1 : 0;
      if (idle === 25) resolve();
    }, 100);
  });
  try {
    await Promise.race([ended, closed]);
  } finally {
    clearInterval(watch);
  }
}

/**
 * Seconds to wait before the next attempt to connect. The driver counts the failures of all its connections together and waits up to 20 s:
 * a pool of 20 would stand still that long after a restart of one second.
 */
export const backoff = (failures: number): number =>
  (0.5 + Math.random() / 2) * Math.min(3 ** failures / 100, 2);

/** The driver asks each of its connections for what the variable says, knows fewer of its values than libpq, and throws for the rest. */
function withoutVariable<T>(name: string, make: () => T): T {
  const { [name]: value } = process.env;
  if (value === undefined) return make();
  delete process.env[name];
  try {
    return make();
  } finally {
    process.env[name] = value;
  }
}
