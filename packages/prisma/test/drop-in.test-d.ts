// A program written for @prisma/adapter-pg, with one import changed. It is compiled, not run.
import type { TokenCredential } from '@azure/identity';
import { Pool } from '@azure-pg/pg';
import { PrismaAzurePg, type PrismaAzurePgOptions } from '@azure-pg/prisma';
import { azureDatasourceUrl } from '@azure-pg/prisma/config';
import type { PrismaPg } from '@prisma/adapter-pg';
import type { PrismaPg as OldestPrismaPg } from '@prisma/adapter-pg-oldest';
import type { PrismaClientOptions } from '@prisma/client/runtime/client';
import pg from 'pg';
import { defineConfig } from 'prisma/config';

declare const credential: TokenCredential;
const url = 'postgres://x.postgres.database.azure.com/app?schema=app';

const options: PrismaAzurePgOptions = {
  schema: 'app',
  disposeExternalPool: true,
  onPoolError: (error: Error) => void error.message,
  statementNameGenerator: ({ sql }) => `s${sql.length}`,
};
const adapter: PrismaPg = new PrismaAzurePg(
  { connectionString: url, credential, max: 5, poolMode: 'transaction' },
  options,
);
export const clientOptions: PrismaClientOptions = { adapter, log: [] } as PrismaClientOptions;
export const forms: PrismaPg[] = [
  new PrismaAzurePg(),
  new PrismaAzurePg(url),
  new PrismaAzurePg(process.env.DATABASE_URL),
  new PrismaAzurePg(new Pool()),
  new PrismaAzurePg(new pg.Pool(), options),
  new PrismaAzurePg({ host: 'localhost', ssl: { ca: 'pem' } }),
];
/** What the oldest adapter takes, ours takes. */
export const asBefore: ConstructorParameters<typeof PrismaAzurePg>[1] = {} as NonNullable<
  ConstructorParameters<typeof OldestPrismaPg>[1]
>;

// @ts-expect-error an unknown option
new PrismaAzurePg({ poolMod: 'transaction' });
// @ts-expect-error an unknown option of PrismaPg
new PrismaAzurePg(url, { shema: 'app' });

export const config = defineConfig({
  schema: 'schema.prisma',
  datasource: { url: await azureDatasourceUrl(url, { credential, schema: 'app' }) },
});
