import { asc, eq, sql } from 'drizzle-orm';
import { db } from './database.ts';
import { account } from './schema.ts';

export type Account = typeof account.$inferSelect;

export const listAccounts = (): Promise<Account[]> => db.query.account.findMany({ orderBy: asc(account.id) });

export async function openAccount(owner: string, cents: number): Promise<Account | undefined> {
  const [opened] = await db.insert(account).values({ owner, cents }).returning();
  return opened;
}

/** Moves money, or nothing at all: an overdrawn account breaks the transaction. */
export async function transfer(from: number, to: number, cents: number): Promise<void> {
  await db.transaction(async (transaction) => {
    const move = (id: number, by: number): Promise<unknown> =>
      transaction
        .update(account)
        .set({ cents: sql`${account.cents} + ${by}` })
        .where(eq(account.id, id));
    // Always in the same order, so that two transfers cannot wait for each other.
    const moves = [
      { id: from, by: -cents },
      { id: to, by: cents },
    ].sort((a, b) => a.id - b.id);
    for (const { id, by } of moves) await move(id, by);
  });
}

/** The SQLSTATE of what the server refused. */
export const sqlState = (error: unknown): unknown => (error as { cause?: { code?: unknown } }).cause?.code;
