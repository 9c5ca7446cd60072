import { azurePg } from '@azure-pg/typeorm';
import { DataSource, EntitySchema } from 'typeorm';
import * as migrations from './migrations.ts';

export interface Account {
  id: number;
  owner: string;
  cents: number;
}

export const Account: EntitySchema<Account> = new EntitySchema<Account>({
  name: 'account',
  columns: {
    id: { type: 'integer', primary: true, generated: true },
    owner: { type: 'text' },
    cents: { type: 'integer' },
  },
});

/** `initialize()` brings the schema up to date: on the server itself, also where DATABASE_URL names the pooler. */
export const db: DataSource = new DataSource({
  type: 'postgres',
  driver: azurePg(process.env.DATABASE_URL),
  entities: [Account],
  migrations,
  migrationsRun: true,
});
