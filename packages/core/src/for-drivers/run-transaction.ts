import { AzurePgError } from '../errors/azure-pg-error.ts';
import { errorLinks } from '../explain/explanations/error-links.ts';
import { isRetryable } from '../explain/is-retryable.ts';
import { systemClock } from '../waiting/clock.ts';
import { fullJitter, pause } from '../waiting/full-jitter.ts';
import { waitFor } from '../waiting/wait-for.ts';

/** How a transaction is run. */
export interface TransactionOptions {
  /**
   * Whether `work` may run again, in a new transaction, when the former one was certainly not committed: after a serialization failure, a deadlock, or a
   * lost connection. Default: false. Whatever else `work` does (a mail, a message) is then done again, too.
   */
  readonly retry?: boolean | undefined;
  /** Milliseconds in which another run may begin, and the outcome of a lost COMMIT is asked for. Default: 30,000. */
  readonly timeout?: number | undefined;
  /** Ends the waiting and asking between two runs, not a run itself. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the server's. */
  readonly isolationLevel?: 'read committed' | 'repeatable read' | 'serializable' | undefined;
}

/** What a driver or ORM gives, so that transactions can be run over it. */
export interface TransactionRunner<Tx> {
  /** Runs `work` in a transaction: BEGIN before it, COMMIT after it, ROLLBACK and its error where it rejects. */
  transact<Result>(work: (transaction: Tx) => Promise<Result>): Promise<Result>;
  /** The one value of a query, asked on the transaction's connection. */
  askInside(transaction: Tx, sql: string): Promise<unknown>;
  /** The same on any connection, in a transaction of its own. */
  askOutside(sql: string): Promise<unknown>;
}

const defaultTimeout = 30_000;
const none = 'none';
/** https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT */
const ownId = `SELECT COALESCE(pg_catalog.pg_current_xact_id_if_assigned()::text, '${none}') AS value`;
const statusOf = (id: string): string =>
  `SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'recovering' ELSE pg_catalog.pg_xact_status('${id}'::xid8) END AS value`;

/** serialization_failure and deadlock_detected: https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html */
const conflicts: ReadonlySet<string> = new Set(['40001', '40P01']);
/** Prisma's word for both. */
const prismaConflict = 'P2034';
/** Classes of errors with which a server refuses a COMMIT; after any other, and after statement_completion_unknown, it may have been done. */
const refusals = /^(?:23|25|40(?!003))/;

/**
 * Runs `work` in a transaction, and finds out what became of it when the connection breaks while it is committed: the transaction's id, which was asked for before,
 * is looked up on a new connection. Committed: resolves. Not committed: runs `work` again where `retry` allows that, otherwise rejects with the driver's error.
 *
 * Costs one round trip. Needs PostgreSQL 13. Exact as long as the server that is asked has all that the former one committed: after a failover to an asynchronous
 * standby it may not have, and may have given the id to another transaction.
 *
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could tell within the time, `ABORTED` when the signal fired before the transaction; otherwise what `work` or the driver threw, and nothing is committed.
 */
export async function runTransactionOver<Tx, Result>(
  runner: TransactionRunner<Tx>,
  work: (transaction: Tx) => Promise<Result>,
  { retry = false, timeout = defaultTimeout, signal }: TransactionOptions = {},
): Promise<Result> {
  const end = performance.now() + timeout;
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) throw aborted(signal);
    const run: Run<Result> = {};
    try {
      return await runner.transact((transaction) => runOnce(runner, transaction, work, run));
    } catch (error) {
      if (run.done !== undefined && !isRefusal(error)) {
        const { result, id } = run.done;
        if (id !== none && (await wasCommitted(runner, id, { end, signal, cause: error }))) return result;
      }
      // From here on it is known not to be committed, or has nothing to commit.
      const wait = fullJitter(attempt);
      if (!retry || !passes(error, run) || performance.now() + wait >= end) throw error;
      await pause(wait, signal).catch(() => {
        throw aborted(signal as AbortSignal, error);
      });
    }
  }
}

/** What happened in one transaction; `done`: only its COMMIT is missing. */
interface Run<Result> {
  done?: { readonly result: Result; readonly id: string };
}

async function runOnce<Tx, Result>(
  runner: TransactionRunner<Tx>,
  transaction: Tx,
  work: (transaction: Tx) => Promise<Result>,
  run: Run<Result>,
): Promise<Result> {
  const result = await work(transaction);
  // Only a transaction that writes has one.
  const id = await runner.askInside(transaction, ownId);
  run.done = { result, id: String(id) };
  return result;
}

/** @throws AzurePgError `OUTCOME_UNKNOWN` */
async function wasCommitted<Tx>(
  runner: TransactionRunner<Tx>,
  id: string,
  { end, signal, cause }: { end: number; signal: AbortSignal | undefined; cause: unknown },
): Promise<boolean> {
  // What the program does with results (a parser, a plugin) has made something else of it.
  if (!/^\d+$/.test(id)) throw unknown(id, cause);
  for (let attempt = 1; ; attempt++) {
    const asked = runner.askOutside(statusOf(id)).catch((error: unknown) => {
      // invalid_parameter_value: "transaction ID … is in the future". The server that took over never heard of it.
      return errorLinks(error).some(({ sqlState }) => sqlState === '22023') ? 'aborted' : undefined;
    });
    // Connecting may wait for a server that is down.
    const inTime = { signal, timeout: end - performance.now(), onTimeout: () => new Error() };
    const status = await waitFor(asked, systemClock, inTime).catch(() => undefined);
    if (status === 'committed') return true;
    if (status === 'aborted') return false;
    // "in progress": the server has not noticed yet that the client is gone, or waits for its standby.
    const wait = fullJitter(attempt);
    if (performance.now() + wait >= end || signal?.aborted) throw unknown(id, cause);
    await pause(wait, signal).catch(() => {
      throw unknown(id, cause);
    });
  }
}

function isRefusal(error: unknown): boolean {
  return errorLinks(error).some(({ sqlState }) => sqlState !== undefined && refusals.test(sqlState));
}

function passes(error: unknown, { done }: Run<unknown>): boolean {
  const links = errorLinks(error);
  if (links.some(({ sqlState, code }) => conflicts.has(sqlState ?? '') || code === prismaConflict))
    return true;
  // A lost connection says "unknown outcome" after a COMMIT, and here the outcome is known.
  return done === undefined ? isRetryable(error) : !isRefusal(error);
}

function unknown(id: string, cause: unknown): AzurePgError {
  return new AzurePgError(
    'OUTCOME_UNKNOWN',
    `The connection broke while transaction ${id} was committed, and no server could say whether that was done`,
    { hint: 'Look in the database before you repeat anything.', cause },
  );
}

function aborted(signal: AbortSignal, cause: unknown = signal.reason): AzurePgError {
  return new AzurePgError('ABORTED', 'The transaction was stopped by its signal; nothing is committed', {
    cause,
  });
}
