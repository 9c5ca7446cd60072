import { runTransactionOver, type TransactionOptions } from '@azure-pg/core/adapter';
import { type Kysely, sql, type Transaction } from 'kysely';

export type { TransactionOptions } from '@azure-pg/core/adapter';

/**
 * Runs `work` in a transaction, as `db.transaction().execute` does. When the connection breaks during the COMMIT, its outcome is looked up: resolves if the transaction
 * was committed, and otherwise runs `work` again where `retry` allows that.
 *
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could say whether it was committed, `ABORTED` when the signal fired; otherwise what `work` or the driver threw, and nothing is committed.
 *
 * @example
 * await runTransaction(db, (trx) => trx.updateTable('account').set(…).execute(), { retry: true });
 */
export function runTransaction<Database, Result>(
  db: Kysely<Database>,
  work: (transaction: Transaction<Database>) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const { isolationLevel } = options;
  const begin = db.transaction();
  const level = isolationLevel === undefined ? begin : begin.setIsolationLevel(isolationLevel);
  const ask = async (on: Kysely<Database>, text: string): Promise<unknown> =>
    (await sql.raw<{ value: unknown }>(text).execute(on)).rows[0]?.value;
  return runTransactionOver<Transaction<Database>, Result>(
    { transact: (inner) => level.execute(inner), askInside: ask, askOutside: (text) => ask(db, text) },
    work,
    options,
  );
}
