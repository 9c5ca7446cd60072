import { azureCredentials } from '@azure-pg/drizzle/kit';
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './test/kit/schema.ts',
  out: process.env.KIT_OUT ?? './test/migrations',
  dbCredentials: azureCredentials(process.env.DATABASE_URL),
});
