import { db } from './database.ts';

export interface Account {
  readonly id: number;
  readonly owner: string;
  readonly cents: number;
}

export const listAccounts = (): Promise<Account[]> => db<Account>('account').orderBy('id');

export async function openAccount(owner: string, cents: number): Promise<Account | undefined> {
  const [account] = await db<Account>('account').insert({ owner, cents }).returning('*');
  return account as Account | undefined;
}

/** Moves money, or nothing at all: an overdrawn account breaks the transaction. */
export async function transfer(from: number, to: number, cents: number): Promise<void> {
  // Always in the same order, so that two transfers cannot wait for each other.
  const moves = [
    { id: from, by: -cents },
    { id: to, by: cents },
  ].sort((a, b) => a.id - b.id);
  await db.transaction(async (trx) => {
    for (const { id, by } of moves) await trx<Account>('account').where({ id }).increment('cents', by);
  });
}

/** The SQLSTATE of what the server refused. */
export const sqlState = (error: unknown): unknown => (error as { code?: unknown }).code;
