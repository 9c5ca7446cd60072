import type { ContractAdapter, ContractClient, Query } from '@azure-pg/contract';
import type { PrismaPg } from '@prisma/adapter-pg';
import { runTransaction } from '../src/index.ts';
import { type Client, entriesOf } from './entries.ts';
import type { PrismaVersion } from './project.ts';

// Prisma has no idea what a void is, nor before 7 a name, with any adapter.
const readable = (sql: string): string => sql.replace(/(pg_sleep\([^)]*\)|\bcurrent_user\b)/g, '$1::text');

const queryOn =
  (client: Pick<Client, '$queryRawUnsafe'>): Query =>
  (sql, parameters = []) =>
    client.$queryRawUnsafe(readable(sql), ...parameters);

interface PrismaError {
  readonly meta?: {
    readonly code?: unknown;
    readonly driverAdapterError?: { readonly cause?: { readonly originalCode?: unknown } };
  };
}

/** What the contract asks of an adapter, with a generated PrismaClient for one version of Prisma. */
export async function contractAdapter(version: PrismaVersion): Promise<ContractAdapter> {
  const { PrismaAzurePg, PrismaClient, PrismaPg } = await entriesOf(version);
  const clientOf = (adapter: PrismaPg): ContractClient => {
    const client = new PrismaClient({ adapter });
    return {
      raw: { client, adapter },
      query: queryOn(client),
      transaction: (work) =>
        client.$transaction((transaction) => work(queryOn(transaction)), {
          maxWait: 20_000,
          timeout: 20_000,
        }),
      runTransaction: (work, options) =>
        runTransaction(client, (transaction: Pick<Client, '$queryRawUnsafe'>) => work(queryOn(transaction)), {
          ...options,
          maxWait: 20_000,
          transactionTimeout: 20_000,
        }),
      end: () => client.$disconnect(),
    };
  };
  return {
    queryTimeoutOption: 'query_timeout',
    open({ url, options, max }) {
      const all = { ...options, ...(max === undefined ? {} : { max }) };
      return clientOf(new PrismaAzurePg(url === undefined ? all : { ...all, connectionString: url }));
    },
    openBare: ({ ca, ...server }) => clientOf(new PrismaPg({ ...server, ssl: { ca } })),
    sqlState: (error) => (error as PrismaError).meta?.driverAdapterError?.cause?.originalCode,
  };
}
