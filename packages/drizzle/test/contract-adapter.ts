import type { ContractAdapter, ContractClient, Query } from '@azure-pg/contract';
import { drizzle as bare } from 'drizzle-orm/node-postgres';
import driver from 'pg';
import { drizzle } from '../src/index.ts';
import { statement } from './statement.ts';

type Executes = Pick<ReturnType<typeof bare>, 'execute'>;

const queryOn =
  (db: Executes): Query =>
  async (sql, parameters = []) =>
    (await db.execute(statement(sql, parameters))).rows;

const clientOf = (db: ReturnType<typeof bare>): ContractClient => ({
  raw: db,
  query: queryOn(db),
  transaction: (work) => db.transaction((transaction) => work(queryOn(transaction))),
  end: () => (db.$client as driver.Pool).end(),
});

const adapter: ContractAdapter = {
  open({ url, options, max }) {
    const all = { ...options, ...(max === undefined ? {} : { max }) };
    if (url !== undefined && Object.keys(all).length === 0) return clientOf(drizzle(url));
    return clientOf(drizzle({ connection: url === undefined ? all : { ...all, connectionString: url } }));
  },
  openBare: ({ ca, ...server }) => clientOf(bare({ client: new driver.Pool({ ...server, ssl: { ca } }) })),
  sqlState: (error) => (error as { cause?: { code?: unknown } }).cause?.code,
};

export default adapter;
