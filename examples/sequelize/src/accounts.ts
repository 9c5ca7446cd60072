import { Account, sequelize } from './database.ts';

export const listAccounts = (): Promise<Account[]> => Account.findAll({ order: ['id'] });

export const openAccount = (owner: string, cents: number): Promise<Account> =>
  Account.create({ owner, cents });

/** Moves money, or nothing at all: an overdrawn account breaks the transaction. */
export async function transfer(from: number, to: number, cents: number): Promise<void> {
  // Always in the same order, so that two transfers cannot wait for each other.
  const moves = [
    { id: from, by: -cents },
    { id: to, by: cents },
  ].sort((a, b) => a.id - b.id);
  await sequelize.transaction(async (transaction) => {
    for (const { id, by } of moves) await Account.increment({ cents: by }, { where: { id }, transaction });
  });
}

/** The SQLSTATE of what the server refused. */
export const sqlState = (error: unknown): unknown =>
  (error as { original?: { code?: unknown } }).original?.code;
