import { Account, db } from './database.ts';

export const listAccounts = (): Promise<Account[]> => db.manager.find(Account, { order: { id: 'ASC' } });

export const openAccount = (owner: string, cents: number): Promise<Account> =>
  db.manager.save(Account, { owner, cents });

/** Moves money, or nothing at all: an overdrawn account breaks the transaction. */
export async function transfer(from: number, to: number, cents: number): Promise<void> {
  // Always in the same order, so that two transfers cannot wait for each other.
  const moves = [
    { id: from, by: -cents },
    { id: to, by: cents },
  ].sort((a, b) => a.id - b.id);
  await db.transaction(async (manager) => {
    for (const { id, by } of moves) await manager.increment(Account, { id }, 'cents', by);
  });
}

/** The SQLSTATE of what the server refused. */
export const sqlState = (error: unknown): unknown => (error as { code?: unknown }).code;
