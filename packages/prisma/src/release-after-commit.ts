/** A transaction of a driver adapter, as far as it is looked at here. */
interface Transaction {
  executeRaw(query: { readonly sql: string }): Promise<unknown>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}
interface Transactional {
  startTransaction(...given: never[]): Promise<Transaction>;
}

/**
 * Gives a transaction's connection back to the pool when its COMMIT fails, as a deferred constraint can make it. Prisma 6 sends COMMIT through the
 * adapter, and where that fails it neither commits nor rolls back there, which is what gives the connection back.
 */
export function releaseAfterCommit<Adapter extends object>(adapter: Adapter): Adapter {
  const transactional = adapter as unknown as Transactional;
  const { startTransaction } = transactional;
  transactional.startTransaction = async (...given) => {
    const transaction = await startTransaction.apply(adapter as never, given);
    const { executeRaw, commit, rollback } = transaction;
    let released: Promise<void> | undefined;
    const once = (release: () => Promise<void>) => (): Promise<void> => {
      released ??= release.call(transaction);
      return released;
    };
    transaction.commit = once(commit);
    transaction.rollback = once(rollback);
    transaction.executeRaw = async (query) => {
      try {
        return await executeRaw.call(transaction, query);
      } catch (error) {
        if (/^\s*commit\s*;?\s*$/i.test(query.sql)) await transaction.rollback();
        throw error;
      }
    };
    return transaction;
  };
  return adapter;
}
