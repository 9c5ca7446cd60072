import { AzurePostgresDialect } from '@azure-pg/kysely';
import { type Generated, Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import * as migrations from './migrations.ts';

export interface Database {
  account: { id: Generated<number>; owner: string; cents: number };
}

export const db: Kysely<Database> = new Kysely<Database>({
  dialect: new AzurePostgresDialect(process.env.DATABASE_URL),
});

/** Brings the schema up to date: on the server itself, also where DATABASE_URL names the pooler. */
export async function migrateDatabase(): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
