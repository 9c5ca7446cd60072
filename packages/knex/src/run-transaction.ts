import { runTransactionOver, type TransactionOptions } from '@azure-pg/core/adapter';
import type { Knex } from 'knex';

export type { TransactionOptions } from '@azure-pg/core/adapter';

/**
 * Runs `work` in a transaction, as `db.transaction(work)` does. When the connection breaks during the COMMIT, its outcome is looked up: resolves if the transaction was
 * committed, and otherwise runs `work` again where `retry` allows that.
 *
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could say whether it was committed, `ABORTED` when the signal fired; otherwise what `work` or the driver threw, and nothing is committed.
 *
 * @example
 * await runTransaction(db, (trx) => trx('account').update({ … }), { retry: true });
 */
export function runTransaction<Result>(
  db: Knex,
  work: (transaction: Knex.Transaction) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const { isolationLevel } = options;
  const ask = async (on: Knex, text: string): Promise<unknown> => (await on.raw(text)).rows[0]?.value;
  return runTransactionOver<Knex.Transaction, Result>(
    {
      transact: async (inner) =>
        db.transaction(inner, isolationLevel === undefined ? {} : { isolationLevel }),
      askInside: ask,
      askOutside: (text) => ask(db, text),
    },
    work,
    options,
  );
}
