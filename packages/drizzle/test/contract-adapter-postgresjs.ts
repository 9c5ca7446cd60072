import type { ContractAdapter, ContractClient, Query } from '@azure-pg/contract';
import { drizzle as bare } from 'drizzle-orm/postgres-js';
import driver from 'postgres';
import { drizzle } from '../src/postgres-js.ts';
import { statement } from './statement.ts';

type Executes = Pick<ReturnType<typeof bare>, 'execute'>;

const queryOn =
  (db: Executes): Query =>
  async (sql, parameters = []) => [...(await db.execute(statement(sql, parameters)))];

const clientOf = (db: ReturnType<typeof bare> & { $client: driver.Sql }): ContractClient => ({
  raw: db,
  query: queryOn(db),
  transaction: (work) => db.transaction((transaction) => work(queryOn(transaction))),
  end: () => db.$client.end(),
});

// The driver's own backoff, up to 20 s after a few failures, would make the restarts slow.
const backoff = (): number => 0.05;

const adapter: ContractAdapter = {
  open({ url, options, max }) {
    const all = { ...options, ...(max === undefined ? {} : { max }), backoff };
    return clientOf(drizzle({ connection: url === undefined ? all : { ...all, url } } as never));
  },
  openBare: ({ ca, ...server }) => clientOf(bare({ client: driver({ ...server, ssl: { ca } }) })),
  sqlState: (error) => (error as { cause?: { code?: unknown } }).cause?.code,
};

export default adapter;
