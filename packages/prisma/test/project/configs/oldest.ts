import { PrismaAzurePg } from '@azure-pg/prisma';
import { defineConfig } from 'prisma/config';

export default defineConfig({
  experimental: { adapter: true },
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  adapter: async () => new PrismaAzurePg(process.env.DATABASE_URL),
});
