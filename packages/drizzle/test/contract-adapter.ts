import type { ContractAdapter, ContractClient, Row } from '@azure-pg/contract';
import { drizzle as bare, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import driver from 'pg';
import { drizzle } from '../src/index.ts';
import { clientOf } from './query.ts';

const over = (db: NodePgDatabase & { $client: driver.Pool }): ContractClient =>
  clientOf(
    db,
    (result) => (result as { rows: Row[] }).rows,
    () => db.$client.end(),
  );

const adapter: ContractAdapter = {
  queryTimeoutOption: 'query_timeout',
  open({ url, options, max }) {
    const all = { ...options, ...(max === undefined ? {} : { max }) };
    if (url !== undefined && Object.keys(all).length === 0) return over(drizzle(url));
    return over(drizzle({ connection: url === undefined ? all : { ...all, connectionString: url } }));
  },
  openBare: ({ ca, ...server }) => over(bare({ client: new driver.Pool({ ...server, ssl: { ca } }) })),
  sqlState: (error) => (error as { cause?: { code?: unknown } }).cause?.code,
};

export default adapter;
