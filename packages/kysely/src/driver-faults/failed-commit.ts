import type { DatabaseConnection, Driver } from 'kysely';

const ends = new WeakMap<DatabaseConnection, Error>();

/** Why a connection can no longer be used: it was given back, and may be somebody else's by now. */
export const endOf = (connection: DatabaseConnection): Error | undefined => ends.get(connection);

/**
 * Gives a connection back when its COMMIT fails, which ends the transaction. Kysely does so for a controlled transaction only after ROLLBACK, and
 * a program that does not call it loses the connection. A ROLLBACK that comes nevertheless has nothing to do.
 *
 * @param asks whether what is asked of a connection looks at {@link endOf}.
 */
export function releaseAfterFailedCommit(
  driver: Driver,
  asks: (connection: DatabaseConnection) => boolean,
): void {
  const { commitTransaction, rollbackTransaction, releaseConnection } = driver;
  driver.commitTransaction = async (connection) => {
    try {
      await commitTransaction.call(driver, connection);
    } catch (error) {
      if (asks(connection)) {
        ends.set(connection, new Error('The transaction has ended: its COMMIT failed', { cause: error }));
        await releaseConnection.call(driver, connection);
      }
      throw error;
    }
  };
  driver.rollbackTransaction = async (connection) => {
    if (!ends.has(connection)) await rollbackTransaction.call(driver, connection);
  };
  driver.releaseConnection = async (connection, ...options) => {
    if (!ends.has(connection)) await releaseConnection.call(driver, connection, ...options);
  };
}
