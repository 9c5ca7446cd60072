// What the workers of the soak do. Each operation checks its effect in the database, and throws Untrue, or the error that it was told.
import { setTimeout as wait } from 'node:timers/promises';
import {
  errorCodes,
  exactly,
  nextOperations,
  operationNames,
  refused,
  type Surroundings,
  thereIfReported,
  Untrue,
} from '@azure-pg/contract/truth';

/** Milliseconds of `query_timeout`, for the drivers that have it. */
export const queryTimeout = 4000;

type Operation = (surroundings: Surroundings & { readonly limited: boolean }) => Promise<void>;

class RolledBack extends Error {}

const insert = 'insert into truth_ledger (id) values ($1)';
const failsMidResult =
  "select 1000 / (50 - i) as value, repeat('x', 2000) as filler from generate_series(1, 100) as numbers (i)";

/** A statement that is given up must be told of as a failure. */
async function givenUp(answer: Promise<unknown>): Promise<void> {
  const [report] = await Promise.allSettled([answer]);
  if (report.status === 'fulfilled') throw new Untrue('invented answer', 'what was given up was answered');
}

const own: Readonly<Record<string, Operation>> = {
  async 'a select of many rows'({ client }) {
    const count = 1 + Math.floor(Math.random() * 2000);
    const rows = Array.from({ length: count }, (_, index) => ({ i: index + 1 }));
    const sql = `select i from generate_series(1, ${count}) as numbers (i)`;
    exactly(rows, await client.query(sql));
  },
  'an error mid-result': (surroundings) =>
    refused(surroundings, '22012', surroundings.client.query(failsMidResult)),
  async 'a rollback'({ client, id, stand }) {
    let own = false;
    const outcome = client.transaction(async (query) => {
      await query(insert, [id]);
      throw new RolledBack();
    });
    try {
      await thereIfReported(stand, [id], outcome);
    } catch (error) {
      own = error instanceof RolledBack;
      if (!own) throw error;
    }
    if (!own) throw new Untrue('invented answer', 'a transaction that was rolled back was reported as done');
  },
  'a constraint at COMMIT': async (surroundings) => {
    const { client, id, stand } = surroundings;
    // Where users of an ORM look for it, it is said of statements, not of its own COMMIT.
    const sqlState = (error: unknown): unknown => errorCodes(error).find((code) => code === '23503');
    const outcome = client.transaction(async (query) => {
      await query(insert, [id]);
      await query('insert into truth_deferred (id) values ($1)', [id]);
    });
    await refused({ sqlState }, '23503', outcome);
    if ((await stand.ask('select from truth_ledger where id = $1', [id])).length > 0)
      throw new Untrue('unreported row', 'the COMMIT failed, and its row is there');
  },
  async 'a cancelled query'({ client, id, stand }) {
    const sql = `select '${id}' as id where pg_sleep(10)::text is not null`;
    const aborted = client.abortable?.(sql);
    // A request to cancel that comes before the query does nothing: then the answer is the query's own.
    const given =
      aborted === undefined
        ? givenUp(client.query(sql))
        : aborted.answer.then(
            (rows) => exactly([{ id }], rows),
            () => {},
          );
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    given.then(settle, settle);
    await wait(Math.random() * 100);
    if (aborted !== undefined) aborted.abort();
    const cancel =
      'select pg_cancel_backend(pid) from pg_stat_activity where strpos(query, $1) > 0 and pid <> pg_backend_pid()';
    // A statement that has not got there yet cannot be cancelled.
    while (!settled && aborted === undefined) {
      await stand.ask(cancel, [id]);
      await wait(20);
    }
    await given;
  },
  async 'a query_timeout'({ client, limited }) {
    if (limited) await givenUp(client.query('select pg_sleep(15)'));
  },
  async 'a query_timeout in a transaction'({ client, id, limited, stand }) {
    if (!limited) return;
    const outcome = client.transaction(async (query) => {
      await query(insert, [id]);
      await query('select pg_sleep(15)');
    });
    await givenUp(outcome);
    if ((await stand.ask('select from truth_ledger where id = $1', [id])).length > 0)
      throw new Untrue('unreported row', 'the transaction timed out, and its row is there');
  },
};

const rare = 0.01;

/** One of them, at random. Those that take seconds come seldom. */
export function anyOperation(reserves: boolean): readonly [name: string, Operation] {
  const shared = operationNames.filter((name) => reserves || name !== 'a reserved query');
  const all: [string, Operation][] = [
    ...shared.map((name): [string, Operation] => [name, nextOperations[name]]),
    ...Object.entries(own).filter(([name]) => !name.includes('timeout') || Math.random() < rare),
  ];
  return all[Math.floor(Math.random() * all.length)] as [string, Operation];
}
