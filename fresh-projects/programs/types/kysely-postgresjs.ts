import { AzurePostgresDialect } from '@azure-pg/kysely/postgres-js';
import { Kysely } from 'kysely';

interface Database {
  readonly person: { readonly id: number };
}
export const dialect = new AzurePostgresDialect('postgresql://localhost/app');
export const db = new Kysely<Database>({ dialect });
export const people = () => db.selectFrom('person').selectAll().execute();
