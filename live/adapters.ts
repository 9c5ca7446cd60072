import type { ContractAdapter, ContractClient } from '@azure-pg/contract';
import { fileOf, ours } from '../benchmarks/contract-adapters.ts';
import type { Place } from './questions.ts';

/** One clause of what every adapter has to do on a real server, too; throws what is not so. */
type Clause = (client: ContractClient, other: ContractClient, table: string) => Promise<void>;

function same(actual: unknown, expected: unknown): void {
  const [got, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  if (got !== wanted) throw new Error(`${got} instead of ${wanted}`);
}

const count = async (client: ContractClient, table: string): Promise<unknown> =>
  (await client.query(`select count(*)::int as n from ${table}`))[0]?.n;

const clauses: Readonly<Record<string, Clause>> = {
  async 'asks with parameters'(client) {
    same((await client.query('select $1::int + 1 as n', [41]))[0]?.n, 42);
  },
  async 'commits what it says'(client, other, table) {
    await client.transaction(async (query) => {
      await query(`insert into ${table} values (1)`);
      await query(`insert into ${table} values (2)`);
    });
    same(await count(other, table), 2);
  },
  async 'rolls back'(client, other, table) {
    const mine = new Error('mine');
    const ended = await client
      .transaction(async (query) => {
        await query(`insert into ${table} values (3)`);
        throw mine;
      })
      .then(
        () => 'committed',
        () => 'rolled back',
      );
    same(ended, 'rolled back');
    same(await count(other, table), 2);
  },
  async 'asks fifty things at once'(client) {
    const asked = Array.from({ length: 50 }, (_, n) => client.query('select $1::int as n', [n]));
    same(
      (await Promise.all(asked)).map((rows) => rows[0]?.n),
      Array.from({ length: 50 }, (_, n) => n),
    );
  },
};

/** What one adapter did on one route, clause by clause: undefined, or why it failed. */
export type Verdicts = Readonly<Record<string, string | undefined>>;

/** Holds an adapter to the clauses, directly and through the pooler. Its role must be allowed to create tables in its own schema. */
export async function holdAdapter(name: string, place: Place): Promise<Readonly<Record<string, Verdicts>>> {
  const { default: adapter } = (await import(fileOf(name))) as { default: ContractAdapter };
  const verdicts: Record<string, Verdicts> = {};
  for (const route of ['direct', 'pooled'] as const) {
    const open = (): ContractClient | Promise<ContractClient> =>
      adapter.open({ url: place[route], options: {}, max: 5 });
    const table = `live_${name.replaceAll('-', '_')}_${route}`;
    const [client, other] = [await open(), await open()];
    const found: Record<string, string | undefined> = {};
    try {
      await other.query(`drop table if exists ${table}`);
      await other.query(`create table ${table} (n int)`);
      for (const [clause, holds] of Object.entries(clauses))
        found[clause] = await holds(client, other, table).then(() => undefined, String);
      await other.query(`drop table ${table}`);
    } finally {
      await Promise.all([client.end(), other.end()]);
    }
    verdicts[route] = found;
  }
  return verdicts;
}

export const adapterNames: readonly string[] = ours;
