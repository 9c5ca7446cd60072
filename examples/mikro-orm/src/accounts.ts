import { raw } from '@mikro-orm/postgresql';
import { Account, orm } from './database.ts';

export const listAccounts = (): Promise<Account[]> =>
  orm.em.fork().findAll(Account, { orderBy: { id: 'asc' } });

export async function openAccount(owner: string, cents: number): Promise<Account> {
  const em = orm.em.fork();
  const account = em.create(Account, { owner, cents });
  await em.flush();
  return account;
}

/** Moves money, or nothing at all: an overdrawn account breaks the transaction. */
export async function transfer(from: number, to: number, cents: number): Promise<void> {
  // Always in the same order, so that two transfers cannot wait for each other.
  const moves = [
    { id: from, by: -cents },
    { id: to, by: cents },
  ].sort((a, b) => a.id - b.id);
  await orm.em.fork().transactional(async (em) => {
    for (const { id, by } of moves) {
      await em.nativeUpdate(Account, { id }, { cents: raw<number>('cents + ?', [by]) });
    }
  });
}

/** The SQLSTATE of what the server refused. */
export const sqlState = (error: unknown): unknown => (error as { code?: unknown }).code;
