import type { Selectable } from 'kysely';
import { type Database, db } from './database.ts';

export type Account = Selectable<Database['account']>;

export const listAccounts = (): Promise<Account[]> =>
  db.selectFrom('account').selectAll().orderBy('id').execute();

export const openAccount = (owner: string, cents: number): Promise<Account | undefined> =>
  db.insertInto('account').values({ owner, cents }).returningAll().executeTakeFirst();

/** Moves money, or nothing at all: an overdrawn account breaks the transaction. */
export async function transfer(from: number, to: number, cents: number): Promise<void> {
  // Always in the same order, so that two transfers cannot wait for each other.
  const moves = [
    { id: from, by: -cents },
    { id: to, by: cents },
  ].sort((a, b) => a.id - b.id);
  await db.transaction().execute(async (transaction) => {
    for (const { id, by } of moves) {
      await transaction
        .updateTable('account')
        .set((update) => ({ cents: update('cents', '+', by) }))
        .where('id', '=', id)
        .execute();
    }
  });
}

/** The SQLSTATE of what the server refused. */
export const sqlState = (error: unknown): unknown => (error as { code?: unknown }).code;
