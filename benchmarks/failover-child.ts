// One client of failover.ts, in a process of its own: thirty workers that write through one pool. Reports to its parent.
import { setTimeout as wait } from 'node:timers/promises';
import {
  answered,
  type ContractAdapter,
  type ContractClient,
  describeError,
  type PlainServer,
} from '@azure-pg/contract/truth';

/** What the parent says first. */
export interface Order {
  readonly adapterFile: string;
  /** For ours; undefined: the bare driver, with its own defaults. */
  readonly url: string | undefined;
  readonly server: PlainServer & Readonly<Record<string, unknown>>;
  readonly connections: number;
  /** Begins the ids of all its rows. */
  readonly prefix: string;
  readonly workers: number;
}

/** And later: to rest or go on, that the service is back since `back`, to stop. */
export type Command = { readonly rest: boolean } | { readonly back: number } | { readonly stop: true };

/** One write and what became of it, in milliseconds of `Date.now()`. */
export interface Write {
  readonly worker: number;
  /** The rows that are there if it was done. */
  readonly ids: readonly string[];
  readonly began: number;
  readonly ended: number;
  /** Undefined: it was reported as done. */
  readonly error: string | undefined;
}

/** What the child says: it has connected; all its workers have written since the service is back; at last, everything. */
export type News = { readonly ready: true } | { readonly recovered: true } | { readonly report: Report };

export interface Report {
  readonly writes: readonly Write[];
  /** Writes that were never answered. */
  readonly unanswered: number;
  readonly unhandled: readonly string[];
}

/** Milliseconds between two writes of a worker, at most. */
const pause = 200;
/** Milliseconds for the last answers, after which nothing is waited for. */
const lastAnswers = 10_000;

const insert = 'insert into outage_rows (id) values ($1)';
const unhandled: string[] = [];
process.on('unhandledRejection', (error) => unhandled.push(describeError(error)));
process.on('uncaughtException', (error) => unhandled.push(describeError(error)));
// Outages break connections, of which the adapters warn, Kysely reports, and postgres.js repeats the server's notices.
process.removeAllListeners('warning');
process.on('warning', () => {});
console.log = console.error = () => {};

// A bare driver may leave sockets behind that nobody answers: the parent ends this process.
process.once('disconnect', () => process.exit());

const tell = (news: News): void => void process.send?.(news);

process.once('message', async (order: Order) => {
  const { default: adapter } = (await import(order.adapterFile)) as { default: ContractAdapter };
  const client = await open(adapter, order);
  const writes: Write[] = [];
  const recovered = new Set<number>();
  let back = Number.POSITIVE_INFINITY;
  let resting = false;
  let stopped = false;
  let underWay = 0;
  process.on('message', (command: Command) => {
    if ('rest' in command) resting = command.rest;
    else if ('back' in command) {
      back = command.back;
      for (const { worker, error, ended } of writes) if (error === undefined && ended >= back) note(worker);
    } else stopped = true;
  });
  const note = (worker: number): void => {
    if (recovered.has(worker)) return;
    recovered.add(worker);
    if (recovered.size === order.workers) tell({ recovered: true });
  };

  const work = async (worker: number): Promise<void> => {
    for (let count = 0; !stopped; count++) {
      const ids = idsOf(`${order.prefix}${worker}.${count}`, count);
      const began = Date.now();
      underWay++;
      const error = await write(client, ids).then(() => undefined, reasonOf);
      underWay--;
      const ended = Date.now();
      writes.push({ worker, ids, began, ended, error });
      if (error === undefined && ended >= back) note(worker);
      do await wait(Math.random() * pause);
      while (resting && !stopped);
    }
  };
  await client.query('select 1');
  const all = Promise.all(Array.from({ length: order.workers }, (_, worker) => work(worker)));
  tell({ ready: true });
  while (!stopped) await wait(20);
  await answered('the last writes', all, lastAnswers).catch(() => {});
  const unanswered = underWay;
  await answered('end()', client.end(), lastAnswers).catch((error) => unhandled.push(describeError(error)));
  tell({ report: { writes, unanswered, unhandled } });
});

function open(
  adapter: ContractAdapter,
  { url, server, connections }: Order,
): ContractClient | Promise<ContractClient> {
  if (url !== undefined) return adapter.open({ url, options: {}, max: connections });
  if (adapter.openBare === undefined) throw new Error('It has no bare counterpart');
  return adapter.openBare(server);
}

/** The innermost cause: an ORM's own words name the row. */
function reasonOf(error: unknown): string {
  const { cause } = Object(error) as { cause?: unknown };
  return cause instanceof Error ? reasonOf(cause) : describeError(error);
}

/** Every second write is a transaction of two rows. */
const idsOf = (id: string, count: number): readonly string[] =>
  count % 2 === 0 ? [`${id}/1`, `${id}/2`] : [id];

async function write(client: ContractClient, ids: readonly string[]): Promise<unknown> {
  if (ids.length === 1) return client.query(insert, ids);
  return client.transaction(async (query) => {
    for (const id of ids) await query(insert, [id]);
  });
}
