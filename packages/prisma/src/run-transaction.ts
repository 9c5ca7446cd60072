import { runTransactionOver, type TransactionOptions } from '@azure-pg/core/adapter';

export type { TransactionOptions } from '@azure-pg/core/adapter';

/** Prisma's own limits of an interactive transaction, in milliseconds, beside the options of every adapter. */
export interface PrismaTransactionOptions extends TransactionOptions {
  /** To wait for a connection. Default: Prisma's, 2,000. */
  readonly maxWait?: number | undefined;
  /** For one run of `work`. Default: Prisma's, 5,000. */
  readonly transactionTimeout?: number | undefined;
}

/** What is used of a generated client. */
interface Client<Transaction> {
  $transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options?: { maxWait?: number; timeout?: number; isolationLevel?: never },
  ): Promise<Result>;
  $queryRawUnsafe(text: string): PromiseLike<unknown>;
}

const isolationLevels = {
  'read committed': 'ReadCommitted',
  'repeatable read': 'RepeatableRead',
  serializable: 'Serializable',
} as const;

/**
 * Runs `work` in an interactive transaction, as `prisma.$transaction` does. When the connection breaks during the COMMIT, its outcome is looked up: resolves if the
 * transaction was committed, and otherwise runs `work` again where `retry` allows that.
 *
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could say whether it was committed, `ABORTED` when the signal fired; otherwise what `work` or Prisma threw, and nothing is committed.
 *
 * @example
 * await runTransaction(prisma, (tx) => tx.account.update(…), { retry: true });
 */
export function runTransaction<Transaction extends Pick<Client<never>, '$queryRawUnsafe'>, Result>(
  prisma: Client<Transaction>,
  work: (transaction: Transaction) => Promise<Result>,
  options: PrismaTransactionOptions = {},
): Promise<Result> {
  const { isolationLevel, maxWait, transactionTimeout } = options;
  const limits = {
    ...(maxWait === undefined ? {} : { maxWait }),
    ...(transactionTimeout === undefined ? {} : { timeout: transactionTimeout }),
    ...(isolationLevel === undefined ? {} : { isolationLevel: isolationLevels[isolationLevel] as never }),
  };
  const ask = async (on: Pick<Client<never>, '$queryRawUnsafe'>, text: string): Promise<unknown> =>
    ((await on.$queryRawUnsafe(text)) as { value: unknown }[])[0]?.value;
  return runTransactionOver<Transaction, Result>(
    {
      transact: (inner) => prisma.$transaction(inner, limits),
      askInside: ask,
      askOutside: (text) => ask(prisma, text),
    },
    work,
    options,
  );
}
