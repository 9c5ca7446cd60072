import { azureDatasourceUrl } from '@azure-pg/prisma/config';
import { defineConfig } from 'prisma/config';

// What env("DATABASE_URL") in the schema gives.
process.env.DATABASE_URL = await azureDatasourceUrl();

export default defineConfig({ schema: 'schema.prisma', migrations: { path: 'migrations' } });
