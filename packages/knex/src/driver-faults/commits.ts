/** What is used of a transaction that a program commits itself. */
interface Transactor {
  commit(value?: unknown): Promise<unknown>;
  /** Rejects where the transaction was not committed. */
  readonly executionPromise: Promise<unknown>;
}

/**
 * Lets `commit()` of `const trx = await db.transaction()` reject where the COMMIT failed: a deferred constraint, a lost connection. Knex resolves it, and rejects a promise
 * that nobody holds. A program that gives Knex a function has its answer from there, and may leave the promise of `commit()` alone.
 *
 * @param container what gets the transaction: the program's function, or what resolves Knex' promise of one.
 */
export function reportingCommits<Container>(container: Container): Container {
  if (typeof container !== 'function' || !/^function \(\) \{ \[native code\] \}$/.test(String(container))) {
    return container;
  }
  return ((transactor: Transactor) => {
    const { commit } = transactor;
    transactor.commit = async (value) => {
      const result = await commit(value);
      await transactor.executionPromise;
      return result;
    };
    return container(transactor);
  }) as Container;
}
