import type { ContractAdapter } from '@azure-pg/contract';
import { PostgresDialect } from 'kysely';
import pg from 'pg';
import { AzurePostgresDialect } from '../src/index.ts';
import { clientOf } from './contract-client.ts';
import { oldest } from './entries.ts';

const adapter: ContractAdapter = {
  queryTimeoutOption: 'query_timeout',
  reserves: true,
  aborts: !oldest,
  open({ url, options, max }) {
    const all = { ...options, ...(max === undefined ? {} : { max }) };
    return clientOf(new AzurePostgresDialect(url === undefined ? all : { ...all, connectionString: url }));
  },
  openBare: ({ ca, ...server }) =>
    clientOf(new PostgresDialect({ pool: new pg.Pool({ ...server, ssl: { ca } }) })),
};

export default adapter;
