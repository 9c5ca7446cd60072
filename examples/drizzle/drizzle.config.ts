import { azureCredentials } from '@azure-pg/drizzle/kit';
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/schema.ts',
  out: './migrations',
  dbCredentials: azureCredentials(process.env.DATABASE_URL),
});
