import { runTransactionOver, type TransactionOptions } from '@azure-pg/core/adapter';
import type { Sequelize, TransactionOptions as SequelizeTransactionOptions, Transaction } from 'sequelize';

export type { TransactionOptions } from '@azure-pg/core/adapter';

/**
 * Runs `work` in a transaction, as `sequelize.transaction` does. When the connection breaks during the COMMIT, its outcome is looked up: resolves if the transaction
 * was committed, and otherwise runs `work` again where `retry` allows that.
 *
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could say whether it was committed, `ABORTED` when the signal fired; otherwise what `work` or Sequelize threw, and nothing is committed.
 *
 * @example
 * await runTransaction(sequelize, (transaction) => account.increment('cents', { by: 5, transaction }), { retry: true });
 */
export function runTransaction<Result>(
  sequelize: Sequelize,
  work: (transaction: Transaction) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const { isolationLevel } = options;
  // Sequelize's are the words of SQL, as an enumeration.
  const level = isolationLevel?.toUpperCase() as Transaction.ISOLATION_LEVELS | undefined;
  const begin: SequelizeTransactionOptions = level === undefined ? {} : { isolationLevel: level };
  // null: also where a transaction is found by CLS.
  const ask = async (transaction: Transaction | null, text: string): Promise<unknown> => {
    const [rows] = await sequelize.query(text, { transaction, raw: true });
    return (rows as { value?: unknown }[])[0]?.value;
  };
  return runTransactionOver<Transaction, Result>(
    {
      transact: (inner) => sequelize.transaction(begin, inner),
      askInside: ask,
      askOutside: (text) => ask(null, text),
    },
    work,
    options,
  );
}
