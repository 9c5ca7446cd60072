import { sql } from './database.ts';

export interface Account {
  readonly id: number;
  readonly owner: string;
  readonly cents: number;
}

export const listAccounts = async (): Promise<Account[]> => [
  ...(await sql<Account[]>`select * from account order by id`),
];

export async function openAccount(owner: string, cents: number): Promise<Account | undefined> {
  const [opened] = await sql<Account[]>`insert into account ${sql({ owner, cents })} returning *`;
  return opened;
}

/** Moves money, or nothing at all: an overdrawn account breaks the transaction. */
export async function transfer(from: number, to: number, cents: number): Promise<void> {
  // Always in the same order, so that two transfers cannot wait for each other.
  const moves = [
    { id: from, by: -cents },
    { id: to, by: cents },
  ].sort((a, b) => a.id - b.id);
  await sql.begin(async (transaction) => {
    for (const { id, by } of moves) {
      await transaction`update account set cents = cents + ${by} where id = ${id}`;
    }
  });
}

/** The SQLSTATE of what the server refused. */
export const sqlState = (error: unknown): unknown => (error as { code?: unknown }).code;
