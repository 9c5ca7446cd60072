import { AzureKnexClient, azureConnection } from '@azure-pg/knex';
import knex, { type Knex } from 'knex';
import * as migrations from './migrations.ts';

export const db: Knex = knex({
  client: AzureKnexClient,
  connection: azureConnection(process.env.DATABASE_URL),
});

/** Brings the schema up to date: on the server itself, also where DATABASE_URL names the pooler. */
export async function migrateDatabase(): Promise<void> {
  const all = new Map<string, Knex.Migration>(Object.entries(migrations));
  const migrationSource: Knex.MigrationSource<string> = {
    getMigrations: async () => [...all.keys()],
    getMigrationName: (name) => name,
    getMigration: async (name) => all.get(name) as Knex.Migration,
  };
  await db.migrate.latest({ migrationSource });
}
