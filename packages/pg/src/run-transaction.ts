import { runTransactionOver, type TransactionOptions } from '@azure-pg/core/adapter';
import type pg from 'pg';

export type { TransactionOptions } from '@azure-pg/core/adapter';

/**
 * Runs `work` in a transaction on a client of the pool. When the connection breaks during the COMMIT, its outcome is looked up: resolves if the transaction was
 * committed, and otherwise runs `work` again where `retry` allows that.
 *
 * @param work gets the client, which is given back afterwards. It must not commit or roll back itself.
 * @throws AzurePgError `OUTCOME_UNKNOWN` when nobody could say whether it was committed, `ABORTED` when the signal fired; otherwise what `work` or pg threw, and nothing is committed.
 *
 * @example
 * await runTransaction(pool, (client) => client.query('UPDATE account SET …'), { retry: true });
 */
export function runTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  const { isolationLevel } = options;
  const begin = isolationLevel === undefined ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${isolationLevel}`;
  const ask = async (on: Pick<pg.Pool, 'query'>, sql: string): Promise<unknown> =>
    (await on.query<{ value: unknown }>(sql)).rows[0]?.value;
  return runTransactionOver<pg.PoolClient, Result>(
    {
      transact: (inner) => transaction(pool, begin, inner),
      askInside: ask,
      askOutside: (sql) => ask(pool, sql),
    },
    work,
    options,
  );
}

async function transaction<Result>(
  pool: pg.Pool,
  begin: string,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error(`The server answered COMMIT with ${command}`);
    return result;
  } catch (error) {
    // Where that fails as well, the connection is of no use to anybody.
    await client.query('ROLLBACK').catch((useless: Error) => {
      failure = useless;
    });
    throw error;
  } finally {
    client.release(failure);
  }
}
