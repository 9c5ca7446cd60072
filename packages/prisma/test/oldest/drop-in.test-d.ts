// The oldest adapter's types; compiled, not run.
import { Pool } from '@azure-pg/pg';
import { PrismaAzurePg } from '@azure-pg/prisma';
import type { PrismaPg } from '@prisma/adapter-pg';

export const adapters: PrismaPg[] = [
  new PrismaAzurePg('postgres://x.postgres.database.azure.com/app', {
    schema: 'app',
    disposeExternalPool: true,
  }),
  new PrismaAzurePg({ host: 'localhost', max: 5 }, { onPoolError: (error: Error) => void error }),
  new PrismaAzurePg(new Pool()),
];
export const shadow: ReturnType<PrismaPg['connectToShadowDb']> = new PrismaAzurePg().connectToShadowDb();
// @ts-expect-error younger than this adapter
new PrismaAzurePg('', { statementNameGenerator: () => '' });
