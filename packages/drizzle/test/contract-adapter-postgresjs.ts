import type { ContractAdapter, ContractClient, Row } from '@azure-pg/contract';
import { drizzle as bare } from 'drizzle-orm/postgres-js';
import driver from 'postgres';
import { drizzle } from '../src/postgres-js.ts';
import { clientOf } from './query.ts';

const over = (db: ReturnType<typeof drizzle>): ContractClient =>
  clientOf(
    db as never,
    (result) => [...(result as Row[])],
    () => db.$client.end(),
  );

// The driver's own backoff, up to 20 s after a few failures, would make the restarts slow.
const backoff = (): number => 0.05;
// The notices of a server that stops, which the driver would print.
const onnotice = (): void => {};

const adapter: ContractAdapter = {
  open({ url, options, max }) {
    const all = { ...options, ...(max === undefined ? {} : { max }), backoff, onnotice };
    return over(drizzle({ connection: url === undefined ? all : { ...all, url } } as never));
  },
  openBare: ({ ca, ...server }) => over(bare({ client: driver({ ...server, ssl: { ca } }) })),
  sqlState: (error) => (error as { cause?: { code?: unknown } }).cause?.code,
};

export default adapter;
