import { runTransactionOver, type TransactionOptions } from '@azure-pg/core/adapter';
import { sql } from 'drizzle-orm';

export type { TransactionOptions } from '@azure-pg/core/adapter';

/** What is used of a database of drizzle-orm's, and of its transaction. */
interface Database<Transaction> {
  transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    config?: { isolationLevel?: NonNullable<TransactionOptions['isolationLevel']> },
  ): Promise<Result>;
  execute(query: ReturnType<typeof sql.raw>): PromiseLike<unknown>;
}

/**
 * Runs `work` in a transaction, as `db.transaction` does. When the connection breaks during the COMMIT, its outcome is looked up: resolves if the transaction was
 * committed, and otherwise runs `work` again where `retry` allows that.
 *
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could say whether it was committed, `ABORTED` when the signal fired; otherwise what `work` or the driver threw, and nothing is committed.
 *
 * @example
 * await runTransaction(db, (tx) => tx.update(account).set(…), { retry: true });
 */
export function runTransaction<Transaction extends Pick<Database<never>, 'execute'>, Result>(
  db: Database<Transaction>,
  work: (transaction: Transaction) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const { isolationLevel } = options;
  const ask = async (on: Pick<Database<never>, 'execute'>, text: string): Promise<unknown> => {
    const answer = (await on.execute(sql.raw(text))) as { value: unknown }[] | { rows: { value: unknown }[] };
    return (Array.isArray(answer) ? answer : answer.rows)[0]?.value;
  };
  return runTransactionOver<Transaction, Result>(
    {
      transact: (inner) =>
        db.transaction(inner, isolationLevel === undefined ? undefined : { isolationLevel }),
      askInside: ask,
      askOutside: (text) => ask(db, text),
    },
    work,
    options,
  );
}
