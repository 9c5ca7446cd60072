import { runTransactionOver, type TransactionOptions } from '@azure-pg/core/adapter';
import type driver from 'postgres';

export type { TransactionOptions } from '@azure-pg/core/adapter';

/**
 * Runs `work` in a transaction, as `sql.begin` does. When the connection breaks during the COMMIT, its outcome is looked up: resolves if the transaction was committed,
 * and otherwise runs `work` again where `retry` allows that.
 *
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could say whether it was committed, `ABORTED` when the signal fired; otherwise what `work` or the driver threw, and nothing is committed.
 *
 * @example
 * await runTransaction(sql, (tx) => tx`update account set …`, { retry: true });
 */
export function runTransaction<Types extends Record<string, unknown>, Result>(
  sql: driver.Sql<Types>,
  work: (transaction: driver.TransactionSql<Types>) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const { isolationLevel } = options;
  const begin = isolationLevel === undefined ? '' : `isolation level ${isolationLevel}`;
  const ask = async (on: Pick<driver.Sql<Types>, 'unsafe'>, text: string): Promise<unknown> =>
    Object.values((await on.unsafe(text))[0] ?? {})[0];
  return runTransactionOver<driver.TransactionSql<Types>, Result>(
    {
      // An object, since the driver would wait for all that an array holds.
      transact: async (inner) =>
        ((await sql.begin(begin, async (tx) => ({ result: await inner(tx) }))) as { result: never }).result,
      askInside: ask,
      askOutside: (text) => ask(sql, text),
    },
    work,
    options,
  );
}
