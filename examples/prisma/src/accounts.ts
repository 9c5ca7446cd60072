import { prisma } from './database.ts';
import type { Account } from './generated/client.ts';

export const listAccounts = (): Promise<Account[]> => prisma.account.findMany({ orderBy: { id: 'asc' } });

export const openAccount = (owner: string, cents: number): Promise<Account> =>
  prisma.account.create({ data: { owner, cents } });

/** Moves money, or nothing at all: an overdrawn account breaks the transaction. */
export async function transfer(from: number, to: number, cents: number): Promise<void> {
  // Always in the same order, so that two transfers cannot wait for each other.
  const moves = [
    { id: from, by: -cents },
    { id: to, by: cents },
  ].sort((a, b) => a.id - b.id);
  await prisma.$transaction(
    async (transaction) => {
      for (const { id, by } of moves) {
        await transaction.account.update({ where: { id }, data: { cents: { increment: by } } });
      }
    },
    { maxWait: 10_000 },
  );
}
