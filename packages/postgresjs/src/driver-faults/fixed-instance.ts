import type driver from 'postgres';
import type { LiveOptions } from './driver-socket.ts';
import { endOf } from './end-instance.ts';
import { fixSubscribe } from './fix-subscribe.ts';
import { replaceIdleTimer } from './idle-timer.ts';
import type { InstanceState } from './instance-state.ts';
import { noLimit, pipelineOf } from './pipeline.ts';
import { watchFields } from './query-fields.ts';
import { holdReservations } from './reservations.ts';
import { watchScope } from './scopes.ts';
import { holdTransactions } from './transactions.ts';
import type { Scope, Watch } from './watch.ts';

/**
 * An instance of the driver's, without its faults.
 *
 * @param options the driver's, or the `options` of another instance.
 * @param state of this instance; its connections are made with the same.
 * @param watched what looks at each query before it is sent, whether a pooler stands between, and how long a query may take.
 * @param warn receives what went wrong where there is nobody to reject.
 */
export function fixedInstance(
  options: object,
  state: InstanceState,
  watched: Pick<Watch, 'refuse' | 'pooled' | 'queryTimeout'>,
  warn: (message: string) => void,
): driver.Sql {
  const { max_pipeline = process.env.PGMAX_PIPELINE ?? 100 } = options as { max_pipeline?: unknown };
  const sql = withoutVariable('PGTARGETSESSIONATTRS', () =>
    state.driver({ ...options, max_pipeline: noLimit } as object),
  );
  Object.assign(sql.options, { max_pipeline });
  const live = sql.options as unknown as LiveOptions & {
    readonly max: number;
    readonly idle_timeout: unknown;
  };
  state.max = Number(live.max);
  state.countsFailuresIn(live.shared);
  sql.end = endOf(sql.end, state);
  fixSubscribe(sql, warn);
  const scope = sql as unknown as Scope;
  const watch: Watch = {
    state,
    options: live,
    ...watched,
    watchFields: watchFields(live),
    pipeline: pipelineOf(Number(max_pipeline), (connection) =>
      replaceIdleTimer(connection, live.idle_timeout),
    ),
  };
  holdReservations(scope, watch, warn);
  const made = watchScope(scope, watch, undefined);
  holdTransactions(scope, watch);
  return made as unknown as driver.Sql;
}

/**
 * Seconds to wait before the next attempt to connect. The driver counts the failures of all its connections together and waits up to 20 s:
 * a pool of 20 would stall that long after a restart of one second.
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
