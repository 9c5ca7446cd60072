import { pool } from './database.ts';

export interface Account {
  readonly id: number;
  readonly owner: string;
  readonly cents: number;
}

export const listAccounts = async (): Promise<Account[]> =>
  (await pool.query<Account>('select * from account order by id')).rows;

export async function openAccount(owner: string, cents: number): Promise<Account | undefined> {
  const insert = 'insert into account (owner, cents) values ($1, $2) returning *';
  return (await pool.query<Account>(insert, [owner, cents])).rows[0];
}

/** Moves money, or nothing at all: an overdrawn account breaks the transaction. */
export async function transfer(from: number, to: number, cents: number): Promise<void> {
  // Always in the same order, so that two transfers cannot wait for each other.
  const moves = [
    { id: from, by: -cents },
    { id: to, by: cents },
  ].sort((a, b) => a.id - b.id);
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    for (const { id, by } of moves) {
      await client.query('update account set cents = cents + $2 where id = $1', [id, by]);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch((reason: Error) => {
      broken = reason;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The SQLSTATE of what the server refused. */
export const sqlState = (error: unknown): unknown => (error as { code?: unknown }).code;
