import { azurePostgres } from '@azure-pg/mikro-orm';
import { EntitySchema, MikroORM } from '@mikro-orm/postgresql';

export interface Account {
  id: number;
  owner: string;
  cents: number;
}

export const Account: EntitySchema<Account> = new EntitySchema<Account>({
  name: 'Account',
  tableName: 'account',
  properties: {
    id: { type: 'number', primary: true, autoincrement: true },
    owner: { type: 'text', unique: true },
    cents: { type: 'number' },
  },
  checks: [{ name: 'account_not_overdrawn', expression: 'cents >= 0' }],
});

export const orm: MikroORM = await MikroORM.init({
  ...azurePostgres(process.env.DATABASE_URL),
  entities: [Account],
});

/** Brings the schema up to date. */
export const migrateDatabase = (): Promise<void> => orm.schema.update({ safe: true });
