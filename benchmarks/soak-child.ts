// One adapter of the soak, in a process of its own: ten workers, half of them by way of the pooler. Reports to its parent.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  answered,
  type ContractAdapter,
  type ContractClient,
  describeError,
  errorCodes,
  saysDown,
  Untrue,
} from '@azure-pg/contract/truth';
import pg from 'pg';
import { anyOperation, queryTimeout } from './soak-operations.ts';

/** What the parent says. */
export interface Order {
  readonly adapterFile: string;
  readonly urls: readonly string[];
  /** Past everything that is tested. */
  readonly plain: pg.ClientConfig;
  readonly milliseconds: number;
}

/** Whether a restart is under way; the parent tells. */
export interface Service {
  readonly down: boolean;
}

export interface Report {
  readonly operations: number;
  /** Failures that were told of truly: the connection was down. */
  readonly told: number;
  readonly untrue: readonly string[];
  readonly hangs: readonly string[];
  readonly unhandled: readonly string[];
}

/** Longer than an outage: nothing may be unanswered for so long. */
const patience = 30_000;
/** How long after an outage an adapter may still say that the connection is down: to connect again, and to be told by a pooler. */
const grace = 5000;
/** The same for what waits behind a query on a connection that went silent: until that has taken too long, and its cancel request, too. */
const graceOfSilence = 15_000;

const workersPerRoute = 5;
const untrue: string[] = [];
const hangs: string[] = [];
const unhandled: string[] = [];
let operations = 0;
let told = 0;
let down = false;
let lastDown = 0;

process.on('unhandledRejection', (error) => unhandled.push(describeError(error)));
process.on('uncaughtException', (error) => unhandled.push(describeError(error)));
// Restarts break connections, of which the adapters warn.
process.removeAllListeners('warning');
process.on('warning', () => {});
// Kysely reports what it aborted, postgres.js of the server's notices.
console.log = console.error = () => {};

process.once('message', (order: Order) => {
  process.on('message', (service: Service) => {
    down = service.down;
    lastDown = Date.now();
  });
  void run(order);
});

async function run({ adapterFile, urls, plain, milliseconds }: Order): Promise<void> {
  const { default: adapter } = (await import(adapterFile)) as { default: ContractAdapter };
  const pool = new pg.Pool({ ...plain, max: 10 });
  pool.on('error', () => {});
  const stand = {
    async ask<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
      for (;;) {
        try {
          return (await pool.query(sql, [...parameters])).rows as Row[];
        } catch (error) {
          if (!saysDown(error)) throw error;
          await wait(20);
        }
      }
    },
  };
  const { queryTimeoutOption } = adapter;
  const options = queryTimeoutOption === undefined ? {} : { [queryTimeoutOption]: queryTimeout };
  const end = Date.now() + milliseconds;
  const sqlState = (error: unknown): unknown =>
    adapter.sqlState === undefined ? (error as { code?: unknown }).code : adapter.sqlState(error);

  const work = async (client: ContractClient): Promise<void> => {
    while (Date.now() < end) {
      const [name, operation] = anyOperation(client.reserve !== undefined);
      const surroundings = {
        client,
        stand,
        id: randomUUID(),
        sqlState,
        limited: queryTimeoutOption !== undefined,
      };
      operations++;
      const began = Date.now();
      try {
        await answered(name, operation(surroundings), patience);
      } catch (error) {
        // The news of an outage may come after the error that it brought.
        await wait(200);
        judge(name, error, began);
      }
    }
  };
  for (const { client } of await Promise.all(
    urls.map(async (url) => {
      const client = await adapter.open({ url, options, max: workersPerRoute });
      await Promise.all(Array.from({ length: workersPerRoute }, () => work(client)));
      return { client };
    }),
  )) {
    await answered('end()', client.end(), patience).catch((error) => hangs.push(describeError(error)));
  }
  await pool.end();
  const report: Report = { operations, told, untrue, hangs, unhandled };
  process.send?.(report);
  process.disconnect();
}

const saysSilent = (error: unknown): boolean => errorCodes(error).includes('QUERY_TIMEOUT');

/** An operation failed: truly, when the service was down at some time since it began. */
function judge(name: string, error: unknown, began: number): void {
  if (error instanceof Untrue) {
    if (error.untruth === 'hang') hangs.push(error.message);
    else untrue.push(`${error.untruth}: ${name}: ${error.message}`);
  } else if (down || began < lastDown + (saysSilent(error) ? graceOfSilence : grace)) told++;
  else untrue.push(`stale error: ${name}: ${describeError(error)}`);
}
