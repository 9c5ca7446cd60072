import { join } from 'node:path';
import type { PrismaPg } from '@prisma/adapter-pg';
import { type PrismaVersion, projectOf } from './project.ts';

/** What the tests use of the client that Prisma generates from schema.prisma. */
export interface Client {
  readonly person: Model;
  readonly note: Model;
  $queryRawUnsafe<T>(sql: string, ...values: unknown[]): Promise<T>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>;
  $transaction<T>(work: (client: Client) => Promise<T>, options?: object): Promise<T>;
  $transaction(queries: readonly Promise<unknown>[], options?: object): Promise<unknown[]>;
  $connect(): Promise<void>;
  $disconnect(): Promise<void>;
}
interface Model {
  create(args: object): Promise<{ id: number } & Record<string, unknown>>;
  createMany(args: object): Promise<{ count: number }>;
  findMany(args?: object): Promise<Record<string, unknown>[]>;
  findFirst(args?: object): Promise<Record<string, unknown> | null>;
  findUnique(args: object): Promise<Record<string, unknown> | null>;
  update(args: object): Promise<Record<string, unknown>>;
  upsert(args: object): Promise<Record<string, unknown>>;
  delete(args: object): Promise<Record<string, unknown>>;
  deleteMany(args?: object): Promise<{ count: number }>;
  count(args?: object): Promise<number>;
}

/** Our package, Prisma's own adapter and a generated client, all for one version of Prisma. */
export interface Entries {
  readonly PrismaAzurePg: typeof import('../src/index.ts').PrismaAzurePg;
  readonly azureDatasourceUrl: typeof import('../src/config.ts').azureDatasourceUrl;
  readonly PrismaPg: typeof PrismaPg;
  readonly PrismaClient: new (options: { adapter: PrismaPg; log?: unknown[] }) => Client;
}

export async function entriesOf(version: PrismaVersion): Promise<Entries> {
  const folder = projectOf(version);
  // The newest is tested as the workspace has it, so that mistakes are shown where they are.
  const ours = version === 'newest' ? '../src' : join(folder, 'azure-pg-prisma', 'src');
  const modules = [
    import(/* @vite-ignore */ `${ours}/index.ts`),
    import(/* @vite-ignore */ `${ours}/config.ts`),
    import(/* @vite-ignore */ join(folder, 'node_modules', '@prisma', 'adapter-pg', 'dist', 'index.mjs')),
    import(/* @vite-ignore */ join(folder, 'generated', 'client.ts')),
  ];
  return Object.assign({}, ...(await Promise.all(modules)));
}
