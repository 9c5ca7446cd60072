import type { ContractAdapter, ContractClient, Query } from '@azure-pg/contract';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaAzurePg } from '../src/index.ts';
import { type Client, generatedClient } from './generated-client.ts';

const PrismaClient = await generatedClient();

// Prisma has no idea what a void is, with any adapter.
const readable = (sql: string): string => sql.replace(/(pg_sleep\([^)]*\))/g, '$1::text');

const queryOn =
  (client: Pick<Client, '$queryRawUnsafe'>): Query =>
  (sql, parameters = []) =>
    client.$queryRawUnsafe(readable(sql), ...parameters);

const clientOf = (adapter: PrismaPg): ContractClient => {
  const client = new PrismaClient({ adapter });
  return {
    raw: { client, adapter },
    query: queryOn(client),
    transaction: (work) =>
      client.$transaction((transaction) => work(queryOn(transaction)), { maxWait: 20_000, timeout: 20_000 }),
    end: () => client.$disconnect(),
  };
};

interface PrismaError {
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: { readonly originalCode?: unknown } } };
}

const adapter: ContractAdapter = {
  open({ url, options, max }) {
    const all = { ...options, ...(max === undefined ? {} : { max }) };
    return clientOf(new PrismaAzurePg(url === undefined ? all : { ...all, connectionString: url }));
  },
  openBare: ({ ca, ...server }) => clientOf(new PrismaPg({ ...server, ssl: { ca } })),
  sqlState: (error) => (error as PrismaError).meta?.driverAdapterError?.cause?.originalCode,
};

export default adapter;
