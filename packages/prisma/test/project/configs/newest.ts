import { azureDatasourceUrl } from '@azure-pg/prisma/config';
import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  datasource: { url: await azureDatasourceUrl() },
});
