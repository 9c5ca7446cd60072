import { runTransactionOver, type TransactionOptions } from '@azure-pg/core/adapter';
import type { EntityManager } from '@mikro-orm/postgresql';

export type { TransactionOptions } from '@azure-pg/core/adapter';

type MikroOptions = NonNullable<Parameters<EntityManager['transactional']>[1]>;

/**
 * Runs `work` in a transaction, as `em.transactional` does. When the connection breaks during the COMMIT, its outcome is looked up: resolves if the transaction
 * was committed, and otherwise runs `work` again, on another entity manager, where `retry` allows that.
 *
 * @param work gets the entity manager of the transaction. What it read and made with it before is not to be used by another run.
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could say whether it was committed, `ABORTED` when the signal fired; otherwise what `work` or MikroORM threw, and nothing is committed.
 *
 * @example
 * await runTransaction(orm.em.fork(), (em) => em.nativeUpdate(Account, { id }, { … }), { retry: true });
 */
export function runTransaction<Result>(
  em: EntityManager,
  work: (em: EntityManager) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const { isolationLevel } = options;
  const level = isolationLevel as MikroOptions['isolationLevel'];
  const connection = em.getConnection('write');
  const ask = async (context: unknown, text: string): Promise<unknown> => {
    const row = await connection.execute<{ value?: unknown }>(text, [], 'get', context as never);
    return row?.value;
  };
  return runTransactionOver<EntityManager, Result>(
    {
      transact: (inner) =>
        em.transactional(
          async (transaction) => {
            const own = transaction as EntityManager;
            const result = await inner(own);
            return result;
          },
          level === undefined ? {} : { isolationLevel: level },
        ),
      askInside: async (transaction, text) => {
        // What is still to be written gives the transaction its number.
        await transaction.flush();
        return ask(transaction.getTransactionContext(), text);
      },
      askOutside: (text) => ask(undefined, text),
    },
    work,
    options,
  );
}
