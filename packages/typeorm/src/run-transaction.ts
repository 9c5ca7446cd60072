import { runTransactionOver, type TransactionOptions } from '@azure-pg/core/adapter';
import type { DataSource, EntityManager } from 'typeorm';

export type { TransactionOptions } from '@azure-pg/core/adapter';

/**
 * Runs `work` in a transaction, as `dataSource.transaction(work)` does. When the connection breaks during the COMMIT, its outcome is looked up: resolves if the transaction was
 * committed, and otherwise runs `work` again where `retry` allows that.
 *
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could say whether it was committed, `ABORTED` when the signal fired; otherwise what `work` or the driver threw, and nothing is committed.
 *
 * @example
 * await runTransaction(dataSource, (manager) => manager.update(Account, { id }, { … }), { retry: true });
 */
export function runTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const level = options.isolationLevel?.toUpperCase() as 'SERIALIZABLE' | undefined;
  const ask = async (on: Pick<EntityManager, 'query'>, text: string): Promise<unknown> =>
    (await on.query(text))[0]?.value;
  return runTransactionOver<EntityManager, Result>(
    {
      transact: (inner) =>
        level === undefined ? dataSource.transaction(inner) : dataSource.transaction(level, inner),
      askInside: ask,
      askOutside: (text) => ask(dataSource, text),
    },
    work,
    options,
  );
}
