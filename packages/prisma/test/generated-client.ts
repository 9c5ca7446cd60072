import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PrismaPg } from '@prisma/adapter-pg';

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
type ClientClass = new (options: { adapter: PrismaPg; log?: unknown[] }) => Client;

const here = fileURLToPath(new URL('.', import.meta.url));
const schema = join(here, 'schema.prisma');

export async function generatedClient(): Promise<ClientClass> {
  const { PrismaClient } = (await import(/* @vite-ignore */ clientFile())) as { PrismaClient: ClientClass };
  return PrismaClient;
}

/** Generates the client, once for each state of the schema, with the real `prisma generate`; nothing is downloaded for it. */
export function clientFile(): string {
  const { version } = createRequire(import.meta.url)('prisma/package.json') as { version: string };
  const state = createHash('sha256').update(version).update(readFileSync(schema)).digest('hex').slice(0, 12);
  const home = join(here, '.generated', state);
  if (!existsSync(home)) generate(home);
  return join(home, 'generated', 'client.ts');
}

function generate(home: string): void {
  mkdirSync(join(here, '.generated'), { recursive: true });
  const folder = mkdtempSync(join(here, '.generated', 'new-'));
  writeFileSync(join(folder, 'schema.prisma'), readFileSync(schema));
  writeFileSync(join(folder, 'prisma.config.ts'), "export default { schema: 'schema.prisma' };\n");
  prisma(['generate', '--no-hints'], folder);
  try {
    renameSync(folder, home);
  } catch {
    // Another process was faster.
    rmSync(folder, { recursive: true, force: true });
  }
}

/** It fetches its schema engine unless it is told of one; to generate a client any file will do. */
function prisma(args: readonly string[], cwd: string): void {
  const program = createRequire(import.meta.url).resolve('prisma/build/index.js');
  const quiet = {
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  };
  execFileSync(process.execPath, [program, ...args], {
    cwd,
    env: { ...process.env, ...quiet },
    stdio: 'pipe',
  });
}
