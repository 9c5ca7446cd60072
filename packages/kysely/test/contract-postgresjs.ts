import type { ContractAdapter } from '@azure-pg/contract';
import { PostgresJSDialect } from 'kysely-postgres-js';
import postgres from 'postgres';
import { AzurePostgresDialect } from '../src/postgres-js.ts';
import { clientOf } from './contract-client.ts';
import { oldest } from './entries.ts';

// The driver's own backoff, up to 20 s after a few failures, would make the restarts slow.
const backoff = (): number => 0.05;
// The notices of a server that stops, which the driver would print.
const onnotice = (): void => {};

const adapter: ContractAdapter = {
  reserves: true,
  aborts: !oldest,
  open({ url, options, max }) {
    const all = { ...options, backoff, onnotice, ...(max === undefined ? {} : { max }) };
    return clientOf(new AzurePostgresDialect(url === undefined ? all : { ...all, url }));
  },
  openBare: ({ ca, ...server }) =>
    clientOf(new PostgresJSDialect({ postgres: postgres({ ...server, ssl: { ca } }) })),
};

export default adapter;
